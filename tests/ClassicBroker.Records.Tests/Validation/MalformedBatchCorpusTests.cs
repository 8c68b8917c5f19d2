using ClassicBroker.Primitives;

namespace ClassicBroker.Records.Tests;

/// <summary>Each way a produced batch can be wrong, and the one error code it is answered with.</summary>
public class MalformedBatchCorpusTests
{
    private static readonly Dictionary<string, (byte[] Records, ErrorCode Expected)> Corpus = new()
    {
        ["bad crc"] = (Raw(batch => batch[^1] ^= 1), ErrorCode.CorruptMessage),
        ["magic 3"] = (Raw(batch => batch[RecordFormat.MagicOffset] = 3), ErrorCode.CorruptMessage),
        ["magic 127"] = (Raw(batch => batch[RecordFormat.MagicOffset] = 127), ErrorCode.CorruptMessage),
        ["magic 0 over a v2 batch"] = (Raw(batch => batch[RecordFormat.MagicOffset] = 0), ErrorCode.InvalidRecord),
        ["magic 1 over a v2 batch"] = (Raw(batch => batch[RecordFormat.MagicOffset] = 1), ErrorCode.InvalidRecord),
        ["format 1 message"] = (Batches.Legacy(1, 1), ErrorCode.InvalidRecord),
        ["length below the header"] = (Raw(batch => Batches.WriteInt32(batch, 8, 48)), ErrorCode.CorruptMessage),
        ["length negative"] = (Raw(batch => Batches.WriteInt32(batch, 8, -1)), ErrorCode.CorruptMessage),
        ["length beyond the frame"] = (Raw(batch => Batches.WriteInt32(batch, 8, batch.Length)), ErrorCode.InvalidRecord),
        ["length 2^31-1"] = (Raw(batch => Batches.WriteInt32(batch, 8, int.MaxValue)), ErrorCode.CorruptMessage),
        ["no batch"] = ([], ErrorCode.InvalidRecord),
        ["two batches"] = ([.. Batches.V2(), .. Batches.V2()], ErrorCode.InvalidRecord),
        ["base offset 1"] = (Batches.V2(with: builder => builder.BaseOffset = 1), ErrorCode.InvalidRecord),
        ["count too large"] = (Edited(batch => Batches.WriteInt32(batch, 57, 4)), ErrorCode.InvalidRecord),
        ["count too small"] = (Edited(batch => Batches.WriteInt32(batch, 57, 2)), ErrorCode.InvalidRecord),
        ["count negative"] = (Edited(batch => Batches.WriteInt32(batch, 57, -1)), ErrorCode.InvalidRecord),
        ["count and delta agree on more than is there"] = (Counted(4), ErrorCode.InvalidRecord),
        ["count and delta agree on less than is there"] = (Counted(2), ErrorCode.InvalidRecord),
        ["count and delta agree on 2^31-1"] = (Counted(int.MaxValue), ErrorCode.InvalidRecord),
        ["last offset delta negative"] = (Edited(batch => Batches.WriteInt32(batch, 23, -1)), ErrorCode.InvalidRecord),
        ["last offset delta not count - 1"] = (Edited(batch => Batches.WriteInt32(batch, 23, 7)), ErrorCode.InvalidRecord),
        ["empty batch"] = (Counted(0), ErrorCode.InvalidRecord),
        ["control batch"] = (new EndTransactionMarker(ControlRecordType.Commit, 0).ToBatch(1, 1, 0), ErrorCode.InvalidRecord),
        ["producer without sequence"] = (Batches.V2(with: builder => builder.ProducerId = 5), ErrorCode.InvalidRecord),
        ["log append time from a producer"] = (Batches.V2(with: builder => builder.LogAppendTimeMs = 5), ErrorCode.InvalidTimestamp),
        ["timestamp in the far future"] = (Batches.V2(firstTimestamp: long.MaxValue - 5), ErrorCode.InvalidTimestamp),
        ["codec 5"] = (Edited(batch => batch[22] = 5), ErrorCode.UnknownServerError),
        ["codec 6"] = (Edited(batch => batch[22] = 6), ErrorCode.UnknownServerError),
        ["codec 7"] = (Edited(batch => batch[22] = 7), ErrorCode.UnknownServerError),
        ["plain records called gzip"] = (Edited(batch => batch[22] = 1), ErrorCode.CorruptMessage),
        ["plain records called snappy"] = (Edited(batch => batch[22] = 2), ErrorCode.CorruptMessage),
        ["plain records called lz4"] = (Edited(batch => batch[22] = 3), ErrorCode.CorruptMessage),
        ["plain records called zstd"] = (Edited(batch => batch[22] = 4), ErrorCode.CorruptMessage),
        ["gzip cut off"] = (CutOff(CompressionCodec.Gzip), ErrorCode.CorruptMessage),
        ["snappy cut off"] = (CutOff(CompressionCodec.Snappy), ErrorCode.CorruptMessage),
        ["lz4 cut off"] = (CutOff(CompressionCodec.Lz4), ErrorCode.CorruptMessage),
        ["zstd cut off"] = (CutOff(CompressionCodec.Zstd), ErrorCode.CorruptMessage),
        ["gzip bomb"] = (Bomb(CompressionCodec.Gzip), ErrorCode.MessageTooLarge),
        ["snappy bomb"] = (Bomb(CompressionCodec.Snappy), ErrorCode.MessageTooLarge),
        ["lz4 bomb"] = (Bomb(CompressionCodec.Lz4), ErrorCode.MessageTooLarge),
        ["zstd bomb"] = (Bomb(CompressionCodec.Zstd), ErrorCode.MessageTooLarge),
        ["gzip of zeros"] = (Zeros(CompressionCodec.Gzip), ErrorCode.InvalidRecord),
        ["batch over the limit"] = (Batches.V2(20_000), ErrorCode.MessageTooLarge),
    };

    public static TheoryData<string> Causes => [.. Corpus.Keys];

    [Theory]
    [MemberData(nameof(Causes))]
    public void Each_is_refused_with_its_code_and_little_memory(string cause)
    {
        var (records, expected) = Corpus[cause];
        Assert.Equal(expected, CodeOf(records));
        Assert.InRange(Allocation.Of(() => CodeOf(records)), 0, (2 * records.Length) + (64 * 1024));
    }

    [Fact]
    public void The_batch_the_cases_start_from_is_itself_good() => Assert.Equal(ErrorCode.None, CodeOf(Batches.V2()));

    [Fact]
    public void Sequences_may_wrap_inside_a_batch() => Assert.Equal(ErrorCode.None, CodeOf(Idempotent(baseSequence: int.MaxValue)));

    [Fact]
    public void Idempotent_and_transactional_batches_need_a_format_that_can_hold_them()
    {
        var transactional = Batches.V2(with: builder => builder.IsTransactional = true);
        Assert.Equal(ErrorCode.UnsupportedForMessageFormat, CodeOf(Idempotent(baseSequence: 0), targetMagic: 1));
        Assert.Equal(ErrorCode.UnsupportedForMessageFormat, CodeOf(transactional, targetMagic: 0));
    }

    [Fact]
    public void Mixed_formats_and_compressed_sets_with_company_are_invalid()
    {
        var message = Batches.Legacy(1, 1);
        Assert.Equal(ErrorCode.InvalidRecord, CodeOf([.. Batches.Legacy(0, 1), .. message], version: 2));
        Assert.Equal(ErrorCode.InvalidRecord, CodeOf([.. message, .. Batches.Legacy(1, 1, CompressionCodec.Gzip)], version: 2));
        Assert.Equal(ErrorCode.None, CodeOf([.. message, .. message], version: 2));
    }

    [Fact]
    public void A_bad_checksum_inside_a_format_1_wrapper_is_corrupt()
    {
        var inner = Batches.Legacy(1, 2);
        inner[^1] ^= 1;
        var packed = CodecsTests.Compress(CompressionCodec.Gzip, inner);
        var wrapper = new byte[LegacyMessage.SizeOf(1, 0, packed.Length)];
        LegacyMessage.Write(wrapper, 1, (byte)CompressionCodec.Gzip, 1, 1001, NullableBytes.Null, packed);
        Assert.Equal(ErrorCode.CorruptMessage, CodeOf(wrapper, version: 2));
    }

    private static ErrorCode CodeOf(byte[] records, short version = 9, byte targetMagic = 2)
    {
        var settings = new RecordValidationSettings
        {
            TopicPartition = new("t", 0),
            TargetMagic = targetMagic,
            TimestampAfterMaxMs = 3_600_000,
            MessageSizeMax = 100_000,
            DecompressedBytesMax = 1024 * 1024,
        };
        var copy = records.ToArray();
        try
        {
            var set = RecordSet.Open(copy);
            ProduceRequestRecords.Check(version, set);
            var analysis = RecordSetAnalysis.Analyze(set, settings.TopicPartition, AppendOrigin.Client, settings.MessageSizeMax);
            RecordValidator.Validate(set, analysis, settings, new LeaderAppend(AppendOrigin.Client, NowMs: 2000)).Dispose();
            return ErrorCode.None;
        }
        catch (RecordsException refused)
        {
            return refused.Code;
        }
    }

    private static byte[] Idempotent(int baseSequence) => Batches.V2(with: builder =>
    {
        builder.ProducerId = 1;
        builder.ProducerEpoch = 0;
        builder.BaseSequence = baseSequence;
    });

    private static byte[] Raw(Action<byte[]> change)
    {
        var batch = Batches.V2();
        change(batch);
        return batch;
    }

    private static byte[] Edited(Action<byte[]> change) => Batches.Edit(Batches.V2(), change);

    private static byte[] Counted(int count) => Edited(batch =>
    {
        Batches.WriteInt32(batch, RecordBatchHeader.RecordCountOffset, count);
        Batches.WriteInt32(batch, RecordBatchHeader.LastOffsetDeltaOffset, count - 1);
    });

    private static byte[] CutOff(CompressionCodec codec)
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(1000, default, Samples.Noise(5000));
        var packed = CodecsTests.Compress(codec, builder.Build().Span[RecordBatchHeader.Size..]);
        return Batches.Handmade(packed.AsSpan(0, packed.Length / 2), 1, codec);
    }

    private static byte[] Bomb(CompressionCodec codec)
    {
        using var builder = new RecordBatchBuilder(Compression.Of(codec));
        builder.Append(1000, default, new byte[1_100_000]);
        return builder.Build().ToArray();
    }

    private static byte[] Zeros(CompressionCodec codec) => Batches.Handmade(CodecsTests.Compress(codec, new byte[10_000_000]), 1000, codec);
}
