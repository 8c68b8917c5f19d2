using System.Buffers.Binary;

namespace ClassicBroker.Primitives;

/// <summary>
/// The 32-bit MurmurHash2 by which Java's default partitioner places keys; seed and order of bytes are part of the contract.
/// </summary>
public static class Murmur2
{
    private const uint Seed = 0x9747b28c;
    private const uint Multiplier = 0x5bd1e995;
    private const int Shift = 24;

    public static int Hash(ReadOnlySpan<byte> data)
    {
        var hash = Seed ^ (uint)data.Length;
        while (data.Length >= 4)
        {
            var block = BinaryPrimitives.ReadUInt32LittleEndian(data) * Multiplier;
            block ^= block >> Shift;
            hash = (hash * Multiplier) ^ (block * Multiplier);
            data = data[4..];
        }

        if (data.Length > 0)
        {
            for (var i = data.Length - 1; i >= 0; i--)
            {
                hash ^= (uint)data[i] << (8 * i);
            }

            hash *= Multiplier;
        }

        hash ^= hash >> 13;
        hash *= Multiplier;
        return (int)(hash ^ (hash >> 15));
    }

    /// <summary>Java's <c>toPositive(murmur2(key)) % partitions</c>.</summary>
    public static int Partition(ReadOnlySpan<byte> key, int partitions) => (Hash(key) & int.MaxValue) % partitions;
}
