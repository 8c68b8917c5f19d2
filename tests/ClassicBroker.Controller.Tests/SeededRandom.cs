using ClassicBroker.Platform;

namespace ClassicBroker.Controller.Tests;

/// <summary>Randomness that repeats from its seed.</summary>
internal sealed class SeededRandom(int seed) : IRandomSource
{
    private readonly Random _random = new(seed);

    public int Next(int exclusiveMax) => _random.Next(exclusiveMax);

    public void Fill(Span<byte> destination) => _random.NextBytes(destination);
}
