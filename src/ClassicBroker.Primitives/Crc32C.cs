using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using ArmCrc32 = System.Runtime.Intrinsics.Arm.Crc32;

namespace ClassicBroker.Primitives;

/// <summary>
/// CRC-32C (Castagnoli), the checksum of record batches v2 and producer snapshots. Uses the processor's instruction where there is
/// one, three independent streams at a time because the instruction takes three cycles and starts every cycle; a table otherwise.
/// </summary>
public static class Crc32C
{
    private const uint Polynomial = 0x82F63B78;

    /// <summary>Bytes of each of the three streams of one round; the shift tables below are made for exactly this distance.</summary>
    private const int StreamBytes = 1024;

    private static readonly uint[] Table = BuildTable();
    private static readonly uint[] ShiftOne = BuildShift(StreamBytes);
    private static readonly uint[] ShiftTwo = BuildShift(2 * StreamBytes);

    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>Continues <paramref name="crc"/>, the checksum of what came before <paramref name="data"/>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        crc = ~crc;
        if (Sse42.X64.IsSupported || ArmCrc32.Arm64.IsSupported)
        {
            while (data.Length >= 3 * StreamBytes)
            {
                crc = ThreeStreams(crc, data);
                data = data[(3 * StreamBytes)..];
            }

            while (data.Length >= 8)
            {
                crc = Step(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
                data = data[8..];
            }
        }

        foreach (var value in data)
        {
            crc = Table[(crc ^ value) & 0xFF] ^ (crc >> 8);
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
            crc = Step(crc, first[i]);
            crc2 = Step(crc2, second[i]);
            crc3 = Step(crc3, third[i]);
        }

        return Shift(ShiftTwo, crc) ^ Shift(ShiftOne, crc2) ^ crc3;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Step(uint crc, ulong value) =>
        Sse42.X64.IsSupported ? (uint)Sse42.X64.Crc32(crc, value) : ArmCrc32.Arm64.ComputeCrc32C(crc, value);

    /// <summary>What <paramref name="crc"/> becomes when as many zero bytes follow as <paramref name="table"/> was made for.</summary>
    private static uint Shift(uint[] table, uint crc) =>
        table[crc & 0xFF] ^ table[256 + ((crc >> 8) & 0xFF)] ^ table[512 + ((crc >> 16) & 0xFF)] ^ table[768 + (crc >> 24)];

    private static uint[] BuildTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ Polynomial : crc >> 1;
            }

            table[i] = crc;
        }

        return table;
    }

    /// <summary>Shifting is linear: shift the 32 single bits once, then every table entry is a xor of those.</summary>
    private static uint[] BuildShift(int zeroBytes)
    {
        var table = BuildTable();
        Span<uint> bits = stackalloc uint[32];
        for (var bit = 0; bit < 32; bit++)
        {
            var crc = 1u << bit;
            for (var i = 0; i < zeroBytes; i++)
            {
                crc = table[crc & 0xFF] ^ (crc >> 8);
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
