using ClassicBroker.Platform;

namespace ClassicBroker.Testing;

/// <summary>Randomness that repeats from its seed (SplitMix64, so that no runtime's change of algorithm changes a run).</summary>
public sealed class SeededRandomSource(ulong seed) : IRandomSource
{
    private readonly Lock _lock = new();
    private ulong _state = seed;

    public int Next(int exclusiveMax)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(exclusiveMax);
        return (int)(((UInt128)NextBits() * (ulong)exclusiveMax) >> 64);
    }

    public void Fill(Span<byte> destination)
    {
        for (var i = 0; i < destination.Length; i += sizeof(ulong))
        {
            var bits = NextBits();
            for (var j = i; j < Math.Min(i + sizeof(ulong), destination.Length); j++)
            {
                destination[j] = (byte)bits;
                bits >>= 8;
            }
        }
    }

    /// <summary>True once in <paramref name="outOf"/> times.</summary>
    public bool OneIn(int outOf) => Next(outOf) == 0;

    private ulong NextBits()
    {
        lock (_lock)
        {
            _state += 0x9E3779B97F4A7C15;
            var bits = _state;
            bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
            bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
            return bits ^ (bits >> 31);
        }
    }
}
