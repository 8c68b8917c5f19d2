using System.Text;

namespace ClassicBroker.Records.Tests;

/// <summary>Builds the batches that tests send, and reads them back as text.</summary>
internal static class Batches
{
    /// <summary>A v2 batch as a producer sends it: records k0=v0, k1=v1… one millisecond apart.</summary>
    public static byte[] V2(
        int count = 3, CompressionCodec codec = CompressionCodec.None, long firstTimestamp = 1000, Action<RecordBatchBuilder>? with = null)
    {
        using var builder = new RecordBatchBuilder(Compression.Of(codec));
        with?.Invoke(builder);
        for (var i = 0; i < count; i++)
        {
            builder.Append(firstTimestamp + i, Bytes($"k{i}"), Bytes($"v{i}"));
        }

        return builder.Build().ToArray();
    }

    /// <summary>The same records as a message set of format 0 or 1, numbered from <paramref name="firstOffset"/>.</summary>
    public static byte[] Legacy(
        byte magic, int count = 3, CompressionCodec codec = CompressionCodec.None, long firstTimestamp = 1000, long firstOffset = 0)
    {
        using var builder = new LegacyMessageSetBuilder(magic, Compression.Of(codec));
        for (var i = 0; i < count; i++)
        {
            builder.AppendAt(firstOffset + i, firstTimestamp + i, Bytes($"k{i}"), Bytes($"v{i}"));
        }

        return builder.Build().ToArray();
    }

    public static byte[] Of(byte magic, int count = 3, CompressionCodec codec = CompressionCodec.None) =>
        magic == RecordFormat.MagicV2 ? V2(count, codec) : Legacy(magic, count, codec);

    /// <summary>A v2 batch around a record section made by hand, with a right checksum.</summary>
    public static byte[] Handmade(ReadOnlySpan<byte> records, int count, CompressionCodec codec = CompressionCodec.None)
    {
        var batch = V2(count: 1);
        Array.Resize(ref batch, RecordBatchHeader.Size + records.Length);
        records.CopyTo(batch.AsSpan(RecordBatchHeader.Size));
        return Edit(batch, bytes =>
        {
            WriteInt32(bytes, RecordFormat.SizeOffset, bytes.Length - RecordFormat.LogOverhead);
            bytes[RecordBatchHeader.AttributesOffset + 1] = (byte)codec;
            WriteInt32(bytes, RecordBatchHeader.LastOffsetDeltaOffset, count - 1);
            WriteInt32(bytes, RecordBatchHeader.RecordCountOffset, count);
        });
    }

    /// <summary>Changes a batch and makes its checksum right again.</summary>
    public static byte[] Edit(byte[] batch, Action<byte[]> change)
    {
        change(batch);
        RecordBatchHeader.UpdateCrc(batch);
        return batch;
    }

    public static void WriteInt32(byte[] bytes, int offset, int value) =>
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(offset), value);

    public static void WriteInt64(byte[] bytes, int offset, long value) =>
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(offset), value);

    /// <summary>Every record of a set as <c>offset@timestamp key=value</c>, headers behind.</summary>
    public static List<string> Read(ReadOnlySpan<byte> records)
    {
        var lines = new List<string>();
        var batches = new BatchIterator(records);
        while (batches.MoveNext())
        {
            Assert.True(BatchChecksum.IsValid(batches.CurrentBytes));
            foreach (var record in RecordReader.Open(batches.CurrentBytes))
            {
                var line = new StringBuilder($"{record.Offset}@{record.Timestamp} {Text(record.Key)}={Text(record.Value)}");
                foreach (var header in record.Headers)
                {
                    line.Append($" {Encoding.UTF8.GetString(header.KeyUtf8)}:{Text(header.Value)}");
                }

                lines.Add(line.ToString());
            }
        }

        return lines;
    }

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(NullableBytes bytes) => bytes.IsNull ? "null" : Encoding.UTF8.GetString(bytes.Span);
}
