using ClassicBroker.Primitives;

namespace ClassicBroker.Records.Tests;

public class RecordValidatorTests
{
    private const long Now = 2000;
    private const int Epoch = 9;

    public static TheoryData<byte, CompressionCodec> FormatsAndCodecs
    {
        get
        {
            var data = new TheoryData<byte, CompressionCodec>();
            foreach (var codec in Enum.GetValues<CompressionCodec>())
            {
                for (var magic = FirstMagic(codec); magic <= RecordFormat.MagicV2; magic++)
                {
                    data.Add(magic, codec);
                }
            }

            return data;
        }
    }

    private static RecordValidationSettings Settings { get; } = new() { TopicPartition = new("t", 3) };

    [Theory]
    [MemberData(nameof(FormatsAndCodecs))]
    public void What_fits_the_topic_is_stamped_where_it_lies(byte magic, CompressionCodec codec)
    {
        var records = Batches.Of(magic, 3, codec);
        using var validated = Validate(records, Settings with { TargetMagic = magic });
        Assert.Equal(magic == 0 && codec != CompressionCodec.None, validated.IsRebuilt);
        Assert.Equal((100L, 102L, 3, -1L), (validated.FirstOffset, validated.LastOffset, validated.RecordCount, validated.LogAppendTime));
        Assert.Equal(magic == 0 ? (-1, -1) : (1002, 102), (validated.MaxTimestamp, validated.ShallowOffsetOfMaxTimestamp));
        Assert.Equal(Expected(magic, 1000), Batches.Read(validated.Records.Span));
        Assert.True(BatchHeader.TryRead(validated.Records.Span, 0, out var header));
        Assert.Equal(magic == 2 ? Epoch : -1, header.PartitionLeaderEpoch);
        Assert.Equal(codec, header.Codec);
    }

    [Theory]
    [MemberData(nameof(FormatsAndCodecs))]
    public void Log_append_time_replaces_every_timestamp(byte magic, CompressionCodec codec)
    {
        using var validated = Validate(
            Batches.Of(magic, 3, codec), Settings with { TargetMagic = magic, TimestampType = TimestampType.LogAppendTime });
        var expected = magic == 0 ? -1 : Now;
        Assert.Equal([$"100@{expected} k0=v0", $"101@{expected} k1=v1", $"102@{expected} k2=v2"], Batches.Read(validated.Records.Span));
        Assert.Equal((expected, expected), (validated.MaxTimestamp, validated.LogAppendTime));
        Assert.Equal(magic == 0 ? -1 : 102, validated.ShallowOffsetOfMaxTimestamp);
    }

    [Theory]
    [MemberData(nameof(FormatsAndCodecs))]
    public void Any_format_and_codec_becomes_the_topics(byte magic, CompressionCodec codec)
    {
        foreach (var target in Enum.GetValues<CompressionCodec>())
        {
            for (var targetMagic = FirstMagic(target); targetMagic <= RecordFormat.MagicV2; targetMagic++)
            {
                using var validated = Validate(
                    Batches.Of(magic, 3, codec), Settings with { TargetMagic = targetMagic, TargetCompression = Compression.Of(target) });
                Assert.Equal(Expected(Math.Min(magic, targetMagic), 1000), Batches.Read(validated.Records.Span));
                Assert.True(BatchHeader.TryRead(validated.Records.Span, 0, out var header));
                Assert.Equal((targetMagic, target), (header.Magic, header.Codec));
                Assert.Equal((100L, 102L, 3), (validated.FirstOffset, validated.LastOffset, validated.RecordCount));
            }
        }
    }

    [Fact]
    public void Recompression_keeps_producer_and_headers()
    {
        var batch = Batches.V2(with: builder =>
        {
            builder.ProducerId = 44;
            builder.ProducerEpoch = 2;
            builder.BaseSequence = 17;
            builder.IsTransactional = true;
            builder.Append(1, Batches.Bytes("k"), default, [new("h", Batches.Bytes("x"))]);
        });
        using var validated = Validate(batch, Settings with { TargetCompression = Compression.Of(CompressionCodec.Zstd) });
        var header = new RecordBatchHeader(validated.Records.Span);
        Assert.Equal((44L, (short)2, 17), (header.ProducerId, header.ProducerEpoch, header.BaseSequence));
        Assert.Equal((true, Epoch), (header.IsTransactional, header.PartitionLeaderEpoch));
        Assert.Equal("100@1 k=null h:x", Batches.Read(validated.Records.Span)[0]);
    }

    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Gzip)]
    public void Records_numbered_otherwise_than_0_1_2_are_numbered_anew(CompressionCodec codec)
    {
        byte[] section = [14, 0, 0, 2, 1, 2, (byte)'a', 0, 14, 0, 0, 0, 1, 2, (byte)'b', 0];
        var batch = Batches.Handmade(codec == CompressionCodec.None ? section : CodecsTests.Compress(codec, section), 2, codec);
        using var validated = Validate(batch, Settings);
        Assert.True(validated.IsRebuilt);
        Assert.Equal(["100@1000 null=a", "101@1000 null=b"], Batches.Read(validated.Records.Span));
    }

    [Fact]
    public void A_compressed_format_1_set_with_wrong_inner_offsets_is_rebuilt()
    {
        using var builder = new LegacyMessageSetBuilder(1, Compression.Of(CompressionCodec.Gzip));
        builder.AppendAt(0, 1000, default, Batches.Bytes("a"));
        builder.AppendAt(5, 1001, default, Batches.Bytes("b"));
        using var validated = Validate(builder.Build().ToArray(), Settings with { TargetMagic = 1 });
        Assert.True(validated.IsRebuilt);
        Assert.Equal(["100@1000 null=a", "101@1001 null=b"], Batches.Read(validated.Records.Span));
    }

    [Fact]
    public void A_partial_tail_is_not_appended()
    {
        byte[] records = [.. Batches.Legacy(1, 2), .. Batches.Legacy(1, 1).AsSpan(0, 30)];
        using var validated = Validate(records, Settings with { TargetMagic = 1 });
        Assert.Equal(["100@1000 k0=v0", "101@1001 k1=v1"], Batches.Read(validated.Records.Span));
        Assert.Equal(Batches.Legacy(1, 2).Length, validated.Records.Length);
    }

    [Fact]
    public void The_offset_of_the_largest_timestamp_is_its_own_message_or_the_end_of_its_batch()
    {
        byte[] records = [.. Batches.Legacy(1, 1, firstTimestamp: 1500), .. Batches.Legacy(1, 2)];
        using var messages = Validate(records, Settings with { TargetMagic = 1 });
        Assert.Equal((1500L, 100L), (messages.MaxTimestamp, messages.ShallowOffsetOfMaxTimestamp));
        using var batch = Validate([.. Batches.Legacy(1, 1, firstTimestamp: 1500), .. Batches.Legacy(1, 2)], Settings);
        Assert.Equal((1500L, 102L), (batch.MaxTimestamp, batch.ShallowOffsetOfMaxTimestamp));
    }

    [Fact]
    public void Compacted_topics_refuse_records_without_keys_by_index()
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(1, Batches.Bytes("k"), default);
        builder.Append(1, default, Batches.Bytes("v"));
        builder.Append(1, default, Batches.Bytes("v"));
        var refused = Refused(builder.Build().ToArray(), Settings with { IsCompacted = true });
        Assert.Equal(ErrorCode.InvalidRecord, refused.Code);
        Assert.Equal([1, 2], refused.RecordErrors.Select(error => error.BatchIndex));
        Assert.Equal("Compacted topic cannot accept message without key in topic partition t-3.", refused.RecordErrors[0].Message);
    }

    [Theory]
    [InlineData(1499, false)]
    [InlineData(1500, true)]
    [InlineData(2100, true)]
    [InlineData(2101, false)]
    [InlineData(long.MaxValue, false)]
    [InlineData(-1, true)]
    public void Create_time_must_lie_around_now(long timestamp, bool isGood)
    {
        var settings = Settings with { TimestampBeforeMaxMs = 500, TimestampAfterMaxMs = 100 };
        foreach (var codec in new[] { CompressionCodec.None, CompressionCodec.Gzip })
        {
            using var builder = new RecordBatchBuilder(Compression.Of(codec));
            builder.Append(timestamp, default, default);
            var batch = builder.Build().ToArray();
            if (isGood)
            {
                Validate(batch, settings).Dispose();
                continue;
            }

            var refused = Refused(batch, settings);
            Assert.Equal(ErrorCode.InvalidTimestamp, refused.Code);
            Assert.Equal(
                $"Timestamp {timestamp} of message with offset 0 is out of range. The timestamp should be within [1500, 2100]",
                Assert.Single(refused.RecordErrors).Message);
        }

        // The leader's own time is never out of range.
        using var stamped = new RecordBatchBuilder();
        stamped.Append(timestamp, default, default);
        Validate(stamped.Build().ToArray(), settings with { TimestampType = TimestampType.LogAppendTime }).Dispose();
    }

    [Fact]
    public void Rebuilt_batches_must_fit_the_limit_too()
    {
        using var builder = new RecordBatchBuilder(Compression.Of(CompressionCodec.Gzip));
        builder.Append(1000, default, new byte[5000]);
        var refused = Refused(
            builder.Build().ToArray(), Settings with { MessageSizeMax = 1000, TargetCompression = Compression.None });
        Assert.Equal(ErrorCode.MessageTooLarge, refused.Code);
    }

    [Fact]
    public void Coordinators_may_write_control_batches_and_these_are_never_compressed()
    {
        var marker = new EndTransactionMarker(ControlRecordType.Abort, 1).ToBatch(1000, 7, 0);
        using var validated = Validate(
            marker, Settings with { TargetCompression = Compression.Of(CompressionCodec.Gzip) }, AppendOrigin.Coordinator);
        Assert.False(validated.IsRebuilt);
        Assert.Equal(EndTransactionMarker.BatchSize, validated.Records.Length);
        Assert.Equal(100, validated.LastOffset);
    }

    [Theory]
    [InlineData(CompressionCodec.None, CompressionCodec.None)]
    [InlineData(CompressionCodec.Lz4, CompressionCodec.Lz4)]
    public void Nothing_is_allocated_per_record_in_place(CompressionCodec codec, CompressionCodec target)
    {
        var settings = Settings with { TargetCompression = Compression.Of(target), IsCompacted = true };
        var few = Batches.V2(10, codec);
        var many = Batches.V2(5000, codec);
        var allocated = Allocated(few, settings);
        Assert.Equal(allocated, Allocated(many, settings));
        Assert.True(codec != CompressionCodec.None || allocated == 0);
    }

    private static byte FirstMagic(CompressionCodec codec) => codec == CompressionCodec.Zstd ? RecordFormat.MagicV2 : RecordFormat.MagicV0;

    private static long Allocated(byte[] batch, RecordValidationSettings settings) => Allocation.Of(() =>
    {
        RecordBatchHeader.SetBaseOffset(batch, 0);
        Validate(batch, settings).Dispose();
    });

    private static string[] Expected(byte magic, long firstTimestamp) =>
        [.. Enumerable.Range(0, 3).Select(i => $"{100 + i}@{(magic == 0 ? -1 : firstTimestamp + i)} k{i}=v{i}")];

    private static RecordsRefusedException Refused(byte[] records, RecordValidationSettings settings) =>
        Assert.Throws<RecordsRefusedException>(() => Validate(records, settings));

    private static ValidatedRecords Validate(
        byte[] records, RecordValidationSettings settings, AppendOrigin origin = AppendOrigin.Client)
    {
        var set = RecordSet.Open(records);
        var analysis = RecordSetAnalysis.Analyze(set, settings.TopicPartition, origin, settings.MessageSizeMax);
        return RecordValidator.Validate(set, analysis, settings, new LeaderAppend(origin, Now)).At(100, Epoch);
    }
}
