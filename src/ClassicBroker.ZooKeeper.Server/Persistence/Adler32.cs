namespace ClassicBroker.ZooKeeper.Server.Persistence;

/// <summary>The Adler-32 checksum (RFC 1950), as ZooKeeper's files carry it.</summary>
internal struct Adler32
{
    private const uint Modulus = 65521;

    /// <summary>The most bytes whose sums cannot overflow 32 bits.</summary>
    private const int ChunkMax = 5552;

    private uint _a = 1;
    private uint _b;

    public Adler32()
    {
    }

    public readonly uint Value => (_b << 16) | _a;

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var sum = new Adler32();
        sum.Append(bytes);
        return sum.Value;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var chunk = bytes[..Math.Min(bytes.Length, ChunkMax)];
            foreach (var value in chunk)
            {
                _a += value;
                _b += _a;
            }

            _a %= Modulus;
            _b %= Modulus;
            bytes = bytes[chunk.Length..];
        }
    }
}
