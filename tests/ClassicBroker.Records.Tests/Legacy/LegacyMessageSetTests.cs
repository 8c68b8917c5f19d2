using System.Buffers.Binary;

namespace ClassicBroker.Records.Tests;

public class LegacyMessageSetTests
{
    [Theory]
    [InlineData("fmt-0.9.0-none")]
    [InlineData("fmt-0.9.0-gzip")]
    [InlineData("fmt-0.9.0-snappy")]
    [InlineData("fmt-0.9.0-lz4")]
    [InlineData("fmt-0.10.2-none")]
    [InlineData("fmt-0.10.2-gzip")]
    [InlineData("fmt-0.10.2-snappy")]
    [InlineData("fmt-0.10.2-lz4")]
    public void What_Kafka_wrote_is_built_again(string name)
    {
        var log = Golden.Read(name);
        foreach (var entry in new BatchIterator(log))
        {
            var original = log.AsSpan((int)entry.Position, entry.SizeInBytes);
            using var builder = new LegacyMessageSetBuilder(entry.Magic, Compression.Of(entry.Codec));
            foreach (var record in RecordReader.Open(original))
            {
                builder.AppendAt(record.Offset, record.Timestamp, record.Key, record.Value);
            }

            var rebuilt = builder.Build().Span;
            Assert.Equal(Batches.Read(original), Batches.Read(rebuilt));
            Assert.True(BatchHeader.TryRead(rebuilt, entry.Position, out var header));
            Assert.Equal(
                (entry.LastOffset, entry.MaxTimestamp, entry.Attributes), (header.LastOffset, header.MaxTimestamp, header.Attributes));
            if (entry.Codec == CompressionCodec.None)
            {
                Assert.Equal(original, rebuilt);
            }
        }
    }

    [Fact]
    public void Format_1_wrappers_hold_offsets_relative_to_the_first()
    {
        var set = Batches.Legacy(1, 3, CompressionCodec.Gzip, firstOffset: 100);
        var wrapper = new LegacyMessage(set);
        Assert.Equal((102L, 1002L), (wrapper.Offset, wrapper.Timestamp));
        var inner = CodecsTests.Decompress(wrapper.Codec, wrapper.Value.Span);
        Assert.Equal(["0@1000 k0=v0", "1@1001 k1=v1", "2@1002 k2=v2"], Batches.Read(inner));
        Assert.Equal(["100@1000 k0=v0", "101@1001 k1=v1", "102@1002 k2=v2"], Batches.Read(set));
    }

    [Fact]
    public void Format_0_wrappers_hold_absolute_offsets()
    {
        var set = Batches.Legacy(0, 2, CompressionCodec.Snappy, firstOffset: 100);
        var inner = CodecsTests.Decompress(CompressionCodec.Snappy, new LegacyMessage(set).Value.Span);
        Assert.Equal(["100@-1 k0=v0", "101@-1 k1=v1"], Batches.Read(inner));
    }

    [Fact]
    public void A_wrapper_with_offset_zero_counts_from_zero()
    {
        var set = Batches.Legacy(1, 3, CompressionCodec.Gzip);
        LegacyMessage.SetOffset(set, 0);
        Assert.Equal(["0@1000 k0=v0", "1@1001 k1=v1", "2@1002 k2=v2"], Batches.Read(set));
        LegacyMessage.SetOffset(set, 1);
        Assert.Throws<InvalidRecordException>(() => Batches.Read(set));
    }

    [Fact]
    public void Log_append_time_of_a_wrapper_overrides_what_is_inside()
    {
        var set = Batches.Legacy(1, 2, CompressionCodec.Gzip);
        LegacyMessage.SetTimestamp(set, TimestampType.LogAppendTime, 7777);
        Assert.Equal(["0@7777 k0=v0", "1@7777 k1=v1"], Batches.Read(set));
    }

    [Fact]
    public void Zstd_does_not_exist_below_v2()
    {
        Assert.Throws<CodecUnavailableException>(() => new LegacyMessageSetBuilder(1, Compression.Of(CompressionCodec.Zstd)));
        var message = Message(1, (byte)CompressionCodec.Zstd, default, new byte[10]);
        Assert.Throws<CodecUnavailableException>(() => Batches.Read(message));
    }

    [Fact]
    public void Wrappers_of_wrappers_of_nothing_and_of_other_formats_are_invalid()
    {
        var nested = CodecsTests.Compress(CompressionCodec.Gzip, Batches.Legacy(1, 1, CompressionCodec.Gzip));
        Assert.Throws<InvalidRecordException>(() => Batches.Read(Message(1, (byte)CompressionCodec.Gzip, default, nested)));
        Assert.Throws<InvalidRecordException>(() => Batches.Read(Message(1, (byte)CompressionCodec.Gzip, default, default)));
        var partial = CodecsTests.Compress(CompressionCodec.Gzip, Batches.Legacy(1, 1).AsSpan(0, 20));
        Assert.Throws<InvalidRecordException>(() => Batches.Read(Message(1, (byte)CompressionCodec.Gzip, default, partial)));
        var foreign = CodecsTests.Compress(CompressionCodec.Gzip, Batches.Legacy(0, 1));
        Assert.Throws<InvalidRecordException>(() => Batches.Read(Message(1, (byte)CompressionCodec.Gzip, default, foreign)));
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(1000)]
    [InlineData(int.MaxValue)]
    public void Impossible_field_sizes_are_corrupt(int size)
    {
        var set = Batches.Legacy(0, 1);
        BinaryPrimitives.WriteInt32BigEndian(set.AsSpan(LegacyMessage.HeaderSize(0)), size);
        Assert.Throws<CorruptRecordException>(() => new LegacyMessage(set));
    }

    private static byte[] Message(byte magic, byte attributes, NullableBytes key, NullableBytes value)
    {
        var message = new byte[LegacyMessage.SizeOf(magic, key.Length, value.Length)];
        LegacyMessage.Write(message, magic, attributes, 0, 1000, key, value);
        return message;
    }
}
