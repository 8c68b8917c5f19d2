using System.Buffers.Binary;

namespace ClassicBroker.Records.Tests;

public class RecordConverterTests
{
    [Theory]
    [InlineData(1, CompressionCodec.None)]
    [InlineData(1, CompressionCodec.Gzip)]
    [InlineData(1, CompressionCodec.Snappy)]
    [InlineData(1, CompressionCodec.Lz4)]
    [InlineData(0, CompressionCodec.None)]
    [InlineData(0, CompressionCodec.Gzip)]
    [InlineData(0, CompressionCodec.Snappy)]
    [InlineData(0, CompressionCodec.Lz4)]
    public void Batches_become_message_sets_with_the_same_offsets_and_codec(byte targetMagic, CompressionCodec codec)
    {
        var batch = Batches.V2(3, codec, with: builder => builder.BaseOffset = 40);
        var (converted, count) = Convert(batch, targetMagic);
        Assert.Equal(3, count);
        Assert.Equal(
            targetMagic == 1 ? ["40@1000 k0=v0", "41@1001 k1=v1", "42@1002 k2=v2"] : ["40@-1 k0=v0", "41@-1 k1=v1", "42@-1 k2=v2"],
            Batches.Read(converted));
        Assert.True(BatchHeader.TryRead(converted, 0, out var header));
        Assert.Equal((targetMagic, codec), (header.Magic, header.Codec));
    }

    [Fact]
    public void Format_1_becomes_format_0_and_what_is_old_enough_is_copied()
    {
        byte[] records = [.. Batches.Legacy(0, 1), .. Batches.Legacy(1, 2, CompressionCodec.Lz4, firstOffset: 1)];
        var (converted, count) = Convert(records, targetMagic: 0);
        Assert.Equal(2, count);
        Assert.Equal(["0@-1 k0=v0", "1@-1 k0=v0", "2@-1 k1=v1"], Batches.Read(converted));
        Assert.Equal(records, Convert(records, targetMagic: 1).Converted);
    }

    [Fact]
    public void Records_before_the_fetch_offset_go_from_plain_batches_only()
    {
        Assert.Equal(["2@1002 k2=v2"], Batches.Read(Convert(Batches.V2(3), 1, fetchOffset: 2).Converted));
        Assert.Equal(3, Convert(Batches.V2(3, CompressionCodec.Gzip), 1, fetchOffset: 2).Count);
        Assert.Empty(Convert(Batches.V2(3), 1, fetchOffset: 3).Converted);
    }

    [Fact]
    public void Markers_headers_and_partial_tails_are_left_out()
    {
        byte[] records =
        [
            .. new EndTransactionMarker(ControlRecordType.Commit, 0).ToBatch(1, 2, 0),
            .. Batches.V2(0, with: builder =>
            {
                builder.BaseOffset = 1;
                builder.Append(5, default, Batches.Bytes("v"), [new("h", null)]);
            }),
            .. Batches.V2(1).AsSpan(0, 65),
        ];
        Assert.Equal(["1@5 null=v"], Batches.Read(Convert(records, 1).Converted));
    }

    [Fact]
    public void Log_append_time_survives_with_its_type()
    {
        var batch = Batches.V2(2);
        RecordBatchHeader.SetMaxTimestamp(batch, TimestampType.LogAppendTime, 8888);
        var (converted, _) = Convert(batch, 1);
        Assert.Equal(["0@8888 k0=v0", "1@8888 k1=v1"], Batches.Read(converted));
        Assert.Equal(TimestampType.LogAppendTime, new LegacyMessage(converted).TimestampType);
    }

    [Fact]
    public void Zstd_behind_other_batches_ends_the_conversion()
    {
        byte[] records = [.. Batches.V2(1), .. Batches.V2(1, CompressionCodec.Zstd), .. Batches.V2(1)];
        var (converted, count) = Convert(records, 1);
        Assert.Equal(1, count);
        Assert.Single(Batches.Read(converted));
    }

    [Fact]
    public void Zstd_in_front_is_refused_and_nothing_half_done_left_behind()
    {
        byte[] records = [.. Batches.V2(1, CompressionCodec.Zstd), .. Batches.V2(1)];
        using var destination = new PooledBuffer();
        destination.Write([1, 2, 3]);
        var refused = Assert.Throws<CodecUnavailableException>(() => RecordConverter.DownConvert(records, 1, 0, destination));
        Assert.Equal(Primitives.ErrorCode.UnsupportedCompressionType, refused.Code);
        Assert.Equal(3, destination.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(12)]
    [InlineData(40)]
    [InlineData(500)]
    public void An_overflow_message_reads_as_a_partial_one(int remaining)
    {
        var filler = Enumerable.Repeat((byte)0xEE, remaining).ToArray();
        RecordConverter.WriteOverflowMessage(filler);
        Assert.False(new BatchIterator(filler).MoveNext());
        if (remaining >= RecordFormat.LogOverhead)
        {
            Assert.Equal(-1, BinaryPrimitives.ReadInt64BigEndian(filler));
            Assert.Equal(Math.Max(remaining + 1, 61), BinaryPrimitives.ReadInt32BigEndian(filler.AsSpan(8)));
            Assert.All(filler[12..], value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public void Conversion_is_needed_where_any_batch_is_too_new()
    {
        byte[] records = [.. Batches.Legacy(0, 1), .. Batches.V2(1)];
        Assert.True(RecordConverter.IsNeeded(records, 1));
        Assert.False(RecordConverter.IsNeeded(records, 2));
        Assert.False(RecordConverter.IsNeeded(Batches.Legacy(0, 1), 0));
    }

    private static (byte[] Converted, int Count) Convert(byte[] records, byte targetMagic, long fetchOffset = 0)
    {
        using var destination = new PooledBuffer();
        var count = RecordConverter.DownConvert(records, targetMagic, fetchOffset, destination);
        return (destination.Span.ToArray(), count);
    }
}
