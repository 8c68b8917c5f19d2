using System.Buffers.Binary;
using System.Text;
using ClassicBroker.Primitives;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>Requests as bytes, built once: Produce 7 and Fetch 4, with record batches of format 2.</summary>
internal static class WireFrames
{
    private const string ClientId = "bench";

    /// <summary>A frame that produces one uncompressed batch of records of <paramref name="recordBytes"/> each, about <paramref name="batchBytes"/> in all.</summary>
    public static byte[] Produce(string topic, short acks, int recordBytes, int batchBytes, out int records, int partition = 0)
    {
        return Produce(topic, acks, Batch(recordBytes, batchBytes, out records), partition);
    }

    /// <summary>A frame that produces a batch.</summary>
    public static byte[] Produce(string topic, short acks, byte[] batch, int partition = 0)
    {
        var buffer = new byte[batch.Length + 256];
        var writer = new SpanWriter(buffer);
        writer.WriteInt32(0);
        Header(ref writer, apiKey: 0, version: 7);
        writer.WriteInt16(-1);
        writer.WriteInt16(acks);
        writer.WriteInt32(30_000);
        writer.WriteInt32(1);
        WriteString(ref writer, topic);
        writer.WriteInt32(1);
        writer.WriteInt32(partition);
        writer.WriteInt32(batch.Length);
        writer.WriteBytes(batch);
        return Sealed(buffer, writer.Position);
    }

    /// <summary>What the answer to a frame that produces says of its one partition.</summary>
    public static ErrorCode ProduceError(string topic, ReadOnlySpan<byte> answer) =>
        // Correlation 4, topics 4, name 2 + n, partitions 4, index 4.
        (ErrorCode)BinaryPrimitives.ReadInt16BigEndian(answer[(4 + 4 + 2 + topic.Length + 4 + 4)..]);

    /// <summary>A frame that fetches from partition 0; the offset stands at <paramref name="offsetPosition"/>.</summary>
    public static byte[] Fetch(string topic, int maxBytes, int maxWaitMs, out int offsetPosition)
    {
        var buffer = new byte[256];
        var writer = new SpanWriter(buffer);
        writer.WriteInt32(0);
        Header(ref writer, apiKey: 1, version: 4);
        writer.WriteInt32(-1);
        writer.WriteInt32(maxWaitMs);
        writer.WriteInt32(1);
        writer.WriteInt32(maxBytes);
        writer.WriteInt8(0);
        writer.WriteInt32(1);
        WriteString(ref writer, topic);
        writer.WriteInt32(1);
        writer.WriteInt32(0);
        offsetPosition = writer.Position;
        writer.WriteInt64(0);
        writer.WriteInt32(maxBytes);
        return Sealed(buffer, writer.Position);
    }

    private static byte[] Batch(int recordBytes, int batchBytes, out int records)
    {
        records = Math.Max(1, (batchBytes - 61) / (recordBytes + 10));
        var buffer = new byte[61 + (records * (recordBytes + 24))];
        var body = new SpanWriter(buffer.AsSpan(61));
        var value = new byte[recordBytes];
        new Random(1).NextBytes(value);
        for (var i = 0; i < records; i++)
        {
            body.WriteVarint(1 + Varint.Length(0L) + Varint.Length(i) + Varint.Length(-1) + Varint.Length(recordBytes) + recordBytes + 1);
            body.WriteInt8(0);
            body.WriteVarlong(0);
            body.WriteVarint(i);
            body.WriteVarint(-1);
            body.WriteVarint(recordBytes);
            body.WriteBytes(value);
            body.WriteVarint(0);
        }

        var length = 61 + body.Position;
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var header = new SpanWriter(buffer);
        header.WriteInt64(0);
        header.WriteInt32(length - 12);
        header.WriteInt32(-1);
        header.WriteInt8(2);
        header.WriteUInt32(0);
        header.WriteInt16(0);
        header.WriteInt32(records - 1);
        header.WriteInt64(now);
        header.WriteInt64(now);
        header.WriteInt64(-1);
        header.WriteInt16(-1);
        header.WriteInt32(-1);
        header.WriteInt32(records);
        new SpanWriter(buffer.AsSpan(17)).WriteUInt32(Crc32C.Compute(buffer.AsSpan(21, length - 21)));
        return buffer[..length];
    }

    private static void Header(ref SpanWriter writer, short apiKey, short version)
    {
        writer.WriteInt16(apiKey);
        writer.WriteInt16(version);
        writer.WriteInt32(0);
        WriteString(ref writer, ClientId);
    }

    private static void WriteString(ref SpanWriter writer, string text)
    {
        writer.WriteInt16((short)text.Length);
        writer.WriteBytes(Encoding.ASCII.GetBytes(text));
    }

    private static byte[] Sealed(byte[] buffer, int length)
    {
        new SpanWriter(buffer).WriteInt32(length - 4);
        return buffer[..length];
    }
}
