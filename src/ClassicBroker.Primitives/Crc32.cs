namespace ClassicBroker.Primitives;

/// <summary>CRC-32 (IEEE, as zlib), the checksum of message formats 0 and 1. Table driven, eight bytes a step.</summary>
public static class Crc32
{
    private const uint Polynomial = 0xEDB88320;

    private static readonly uint[][] Tables = BuildTables();

    public static uint Compute(ReadOnlySpan<byte> data)
    {
        var tables = Tables;
        var crc = uint.MaxValue;
        while (data.Length >= 8)
        {
            var low = crc ^ System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(data);
            var high = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            crc = tables[7][low & 0xFF] ^ tables[6][(low >> 8) & 0xFF] ^ tables[5][(low >> 16) & 0xFF] ^ tables[4][low >> 24]
                ^ tables[3][high & 0xFF] ^ tables[2][(high >> 8) & 0xFF] ^ tables[1][(high >> 16) & 0xFF] ^ tables[0][high >> 24];
            data = data[8..];
        }

        foreach (var value in data)
        {
            crc = tables[0][(crc ^ value) & 0xFF] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[][] BuildTables()
    {
        var tables = new uint[8][];
        for (var slice = 0; slice < tables.Length; slice++)
        {
            tables[slice] = new uint[256];
            for (var i = 0; i < 256; i++)
            {
                var crc = slice == 0 ? (uint)i : tables[slice - 1][i];
                if (slice == 0)
                {
                    for (var bit = 0; bit < 8; bit++)
                    {
                        crc = (crc & 1) != 0 ? (crc >> 1) ^ Polynomial : crc >> 1;
                    }

                    tables[0][i] = crc;
                }
                else
                {
                    tables[slice][i] = tables[0][crc & 0xFF] ^ (crc >> 8);
                }
            }
        }

        return tables;
    }
}
