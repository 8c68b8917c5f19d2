using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace ClassicBroker.Primitives;

/// <summary>
/// CRC-32C (Castagnoli), the checksum of record batches v2 and producer snapshots, by the runtime's step for eight bytes. Three independent
/// streams at a time, because the processor's instruction takes three cycles and can start every cycle.
/// </summary>
public static class Crc32C
{
    /// <summary>Bytes of each of the three streams of one round; the shift tables below are made for exactly this distance.</summary>
    private const int StreamBytes = 1024;

    private static readonly uint[] ShiftOne = BuildShift(StreamBytes);
    private static readonly uint[] ShiftTwo = BuildShift(2 * StreamBytes);

    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>Continues <paramref name="crc"/>, the checksum of what came before <paramref name="data"/>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        crc = ~crc;
        while (data.Length >= 3 * StreamBytes)
        {
            crc = ThreeStreams(crc, data);
            data = data[(3 * StreamBytes)..];
        }

        while (data.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[sizeof(ulong)..];
        }

        foreach (var value in data)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }

    private static uint ThreeStreams(uint crc, ReadOnlySpan<byte> data)
    {
        var first = MemoryMarshal.Cast<byte, ulong>(data[..StreamBytes]);
        var second = MemoryMarshal.Cast<byte, ulong>(data.Slice(StreamBytes, StreamBytes));
        var third = MemoryMarshal.Cast<byte, ulong>(data.Slice(2 * StreamBytes, StreamBytes));
        uint crc2 = 0, crc3 = 0;
        for (var i = 0; i < first.Length; i++)
        {
            crc = BitOperations.Crc32C(crc, first[i]);
            crc2 = BitOperations.Crc32C(crc2, second[i]);
            crc3 = BitOperations.Crc32C(crc3, third[i]);
        }

        return Shift(ShiftTwo, crc) ^ Shift(ShiftOne, crc2) ^ crc3;
    }

    /// <summary>What <paramref name="crc"/> becomes when as many zero bytes follow as <paramref name="table"/> was made for.</summary>
    private static uint Shift(uint[] table, uint crc) =>
        table[crc & 0xFF] ^ table[256 + ((crc >> 8) & 0xFF)] ^ table[512 + ((crc >> 16) & 0xFF)] ^ table[768 + (crc >> 24)];

    /// <summary>Shifting is linear: shift the 32 single bits once, then every table entry is a xor of those.</summary>
    private static uint[] BuildShift(int zeroBytes)
    {
        Span<uint> bits = stackalloc uint[32];
        for (var bit = 0; bit < 32; bit++)
        {
            var crc = 1u << bit;
            for (var i = 0; i < zeroBytes; i++)
            {
                crc = BitOperations.Crc32C(crc, (byte)0);
            }

            bits[bit] = crc;
        }

        var shift = new uint[4 * 256];
        for (var entry = 0; entry < shift.Length; entry++)
        {
            var firstBit = 8 * (entry >> 8);
            for (var bit = 0; bit < 8; bit++)
            {
                if ((entry & (1 << bit)) != 0)
                {
                    shift[entry] ^= bits[firstBit + bit];
                }
            }
        }

        return shift;
    }
}
