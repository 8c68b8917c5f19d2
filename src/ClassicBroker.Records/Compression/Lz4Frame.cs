using System.Buffers.Binary;

namespace ClassicBroker.Records;

/// <summary>The part of the LZ4 frame format that Kafka uses, and its checksum.</summary>
/// <remarks>
/// <code>
/// magic   uint32 LE  0x184D2204
/// FLG     uint8      bits 6-7 version 01, 5 independent blocks, 4 block checksums, 3 content size, 2 content checksum
/// BD      uint8      bits 4-6 largest block: 4 is 64 KiB, 5 256 KiB, 6 1 MiB, 7 4 MiB
/// size    uint64 LE  only with FLG bit 3
/// HC      uint8      second byte of XXH32 over FLG to here; inside message format 0 wrongly over the magic as well (KAFKA-3160)
/// blocks             size uint32 LE (high bit: stored), bytes, XXH32 uint32 LE with FLG bit 4
/// end     uint32     0
/// </code>
/// </remarks>
internal static class Lz4Frame
{
    public const uint Magic = 0x184D2204;
    public const int DescriptorOffset = 4;
    public const int HeaderSize = 7;
    public const byte FlagVersion = 0x40;
    public const byte FlagVersionMask = 0xC0;
    public const byte FlagIndependent = 0x20;
    public const byte FlagBlockChecksum = 0x10;
    public const byte FlagContentSize = 0x08;
    public const byte FlagReserved = 0x03;
    public const byte BlockReserved = 0x8F;
    public const byte Block64KiB = 0x40;
    public const int BlockSize = 64 * 1024;
    public const uint StoredBit = 0x80000000;

    /// <summary>The header checksum over <paramref name="descriptor"/>.</summary>
    public static byte HeaderChecksum(ReadOnlySpan<byte> descriptor) => (byte)(XxHash32(descriptor) >> 8);

    /// <summary>XXH32 with seed 0, for fewer than 16 bytes, which no descriptor reaches.</summary>
    internal static uint XxHash32(ReadOnlySpan<byte> data)
    {
        const uint prime1 = 2654435761, prime2 = 2246822519, prime3 = 3266489917, prime4 = 668265263, prime5 = 374761393;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(data.Length, 15, nameof(data));
        var hash = prime5 + (uint)data.Length;
        for (; data.Length >= 4; data = data[4..])
        {
            hash += BinaryPrimitives.ReadUInt32LittleEndian(data) * prime3;
            hash = uint.RotateLeft(hash, 17) * prime4;
        }

        foreach (var value in data)
        {
            hash += value * prime5;
            hash = uint.RotateLeft(hash, 11) * prime1;
        }

        hash = (hash ^ (hash >> 15)) * prime2;
        hash = (hash ^ (hash >> 13)) * prime3;
        return hash ^ (hash >> 16);
    }
}
