using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Hostile;

/// <summary>Wrong batches and wrong targets, sent as a producer sends them: Kafka's code for each, nothing appended, others unaffected.</summary>
public sealed class HostileProduceTests
{
    private const short Version = 8;

    private const short FirstVersionWithMessages = 8;

    /// <summary>What a refusal may allocate besides the copies of the frame that the test itself makes.</summary>
    private const long AllocatedMax = 1024 * 1024;

    /// <summary>What unfolding may take beyond that: a buffer that doubled on its way to the limit.</summary>
    private const long UnfoldedMax = 2L * RecordFormat.DefaultDecompressedBytesMax;

    private static readonly Dictionary<string, (Func<byte[]> Records, short Version, ErrorCode Expected)> Corpus = new()
    {
        ["bad checksum"] = (HostileBatches.BadChecksum, Version, ErrorCode.CorruptMessage),
        ["magic 0 over a v2 batch"] = (() => HostileBatches.Magic(0), Version, ErrorCode.InvalidRecord),
        ["magic 3"] = (() => HostileBatches.Magic(3), Version, ErrorCode.CorruptMessage),
        ["magic 127"] = (() => HostileBatches.Magic(127), Version, ErrorCode.CorruptMessage),
        ["length -1"] = (() => HostileBatches.Length(-1), Version, ErrorCode.CorruptMessage),
        ["length below the header"] = (() => HostileBatches.Length(48), Version, ErrorCode.CorruptMessage),
        ["length 2^31-1"] = (() => HostileBatches.Length(int.MaxValue), Version, ErrorCode.CorruptMessage),
        ["length beyond the records"] = (() => HostileBatches.Length(5_000), Version, ErrorCode.InvalidRecord),
        ["no bytes"] = (() => [], Version, ErrorCode.InvalidRecord),
        ["one byte"] = (() => [0], Version, ErrorCode.InvalidRecord),
        ["two batches"] = (() => [.. HostileBatches.Good(), .. HostileBatches.Good()], Version, ErrorCode.InvalidRecord),
        ["base offset 1"] = (() => HostileBatches.Good(builder => builder.BaseOffset = 1), Version, ErrorCode.InvalidRecord),
        ["no records"] = (() => HostileBatches.CountAndDelta(0), Version, ErrorCode.InvalidRecord),
        ["more records counted than there are"] = (() => HostileBatches.CountAndDelta(4), Version, ErrorCode.InvalidRecord),
        ["fewer records counted than there are"] = (() => HostileBatches.CountAndDelta(2), Version, ErrorCode.InvalidRecord),
        ["2^31-1 records counted"] = (() => HostileBatches.CountAndDelta(int.MaxValue), Version, ErrorCode.InvalidRecord),
        ["-1 records counted"] = (() => HostileBatches.Count(-1), Version, ErrorCode.InvalidRecord),
        ["last offset delta that lies"] = (() => HostileBatches.LastOffsetDelta(9), Version, ErrorCode.InvalidRecord),
        ["control batch"] = (HostileBatches.Control, Version, ErrorCode.TransactionalIdAuthorizationFailed),
        ["producer id without sequence"] =
            (() => HostileBatches.Good(builder => builder.ProducerId = 5), Version, ErrorCode.InvalidRecord),
        ["log append time"] =
            (() => HostileBatches.Good(builder => builder.LogAppendTimeMs = 5), Version, ErrorCode.InvalidTimestamp),
        ["codec 5"] = (() => HostileBatches.Codec(5), Version, ErrorCode.UnknownServerError),
        ["codec 7"] = (() => HostileBatches.Codec(7), Version, ErrorCode.UnknownServerError),
        ["codec 5 before version 7"] = (() => HostileBatches.Codec(5), 3, ErrorCode.UnknownServerError),
        ["codec 6 in a message of format 1"] = (() => HostileBatches.MessageOfCodec(6), 2, ErrorCode.UnknownServerError),
        ["plain records called gzip"] = (() => HostileBatches.Codec(1), Version, ErrorCode.CorruptMessage),
        ["plain records called zstd"] = (() => HostileBatches.Codec(4), Version, ErrorCode.CorruptMessage),
        ["zstd before version 7"] =
            (() => HostileBatches.Good(codec: CompressionCodec.Zstd), 6, ErrorCode.UnsupportedCompressionType),
        ["gzip bomb"] = (() => HostileBatches.Bomb(CompressionCodec.Gzip), Version, ErrorCode.MessageTooLarge),
        ["lz4 bomb"] = (() => HostileBatches.Bomb(CompressionCodec.Lz4), Version, ErrorCode.MessageTooLarge),
        ["zstd bomb"] = (() => HostileBatches.Bomb(CompressionCodec.Zstd), Version, ErrorCode.MessageTooLarge),
        ["one byte over the limit"] = (() => BrokerClient.Batch(new string('x', (1 << 20) + 12)), Version, ErrorCode.MessageTooLarge),
    };

    private readonly InProcessBroker _broker = new();
    private readonly BrokerClient _client;

    public HostileProduceTests()
    {
        _client = _broker.Connect();
        _client.CreateTopic("t");
    }

    public static TheoryData<string> Causes => [.. Corpus.Keys];

    [Theory]
    [MemberData(nameof(Causes))]
    public void Each_is_refused_with_its_code_and_leaves_no_trace(string cause)
    {
        var (make, version, expected) = Corpus[cause];
        var records = make();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var answer = _client.ProduceRaw("t", 0, -1, version, records);
        var limit = (4L * records.Length) + AllocatedMax + (cause.EndsWith("bomb", StringComparison.Ordinal) ? UnfoldedMax : 0);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, limit);
        Assert.Equal((expected, -1L), (answer.ErrorCode, answer.BaseOffset));
        Assert.Equal(answer.RecordErrors.Length > 0, answer.ErrorMessage is { Length: > 0 });
        Assert.DoesNotContain(_broker.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));

        var next = _client.Produce("t", 0, 1, "next");
        Assert.Equal((ErrorCode.None, 0L), (next.ErrorCode, next.BaseOffset));
    }

    [Fact]
    public void Offset_deltas_that_lie_are_put_right_as_Kafka_does()
    {
        Assert.Equal(ErrorCode.None, _client.ProduceRaw("t", 0, -1, Version, HostileBatches.OffsetDeltas()).ErrorCode);
        using var reader = RecordReader.Open(_client.Fetch("t", 0, 0).Responses[0].Partitions[0].Records.Memory.Span);
        for (var offset = 0; offset < 3; offset++)
        {
            Assert.True(reader.MoveNext());
            Assert.Equal(offset, reader.Offset);
        }
    }

    [Fact]
    public void Timestamps_too_far_ahead_or_behind_are_refused_where_the_topic_says_so()
    {
        _client.CreateTopic("strict", 1, ("message.timestamp.before.max.ms", "1000"), ("message.timestamp.after.max.ms", "1000"));
        var now = _broker.Time.GetUtcNow().ToUnixTimeMilliseconds();
        ProduceResponse.PartitionProduceResponse At(long timestamp)
        {
            using var builder = new RecordBatchBuilder();
            builder.Append(timestamp, default, "v"u8);
            return _client.ProduceRaw("strict", 0, 1, Version, builder.Build().ToArray());
        }

        Assert.Equal(ErrorCode.None, At(now).ErrorCode);
        Assert.Equal(ErrorCode.InvalidTimestamp, At(now + 1_001).ErrorCode);
        Assert.Equal(ErrorCode.InvalidTimestamp, At(now - 1_001).ErrorCode);
        Assert.Equal(ErrorCode.InvalidTimestamp, At(long.MaxValue).ErrorCode);
    }

    [Fact]
    public void A_record_without_a_key_is_named_where_the_topic_is_compacted()
    {
        _client.CreateTopic("compacted", 1, ("cleanup.policy", "compact"));
        var answer = _client.ProduceRaw("compacted", 0, 1, Version, BrokerClient.Batch("no key"));
        Assert.Equal(ErrorCode.InvalidRecord, answer.ErrorCode);
        Assert.Equal([0], answer.RecordErrors.Select(error => error.BatchIndex));
    }

    [Fact]
    public void Sequences_and_epochs_follow_the_rules_of_idempotence()
    {
        ErrorCode Append(short epoch, int sequence) =>
            _client.ProduceRaw("t", 0, -1, Version, HostileBatches.Idempotent(9, epoch, sequence)).ErrorCode;
        Assert.Equal(ErrorCode.None, Append(1, 0));
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Append(1, 2));
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Append(1, int.MaxValue));
        Assert.Equal(ErrorCode.None, Append(1, 3));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, Append(0, 6));
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Append(2, 6));
        Assert.Equal(ErrorCode.None, Append(2, 0));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../../etc/passwd")]
    [InlineData("a/b")]
    [InlineData("nul\0")]
    [InlineData("sp ace")]
    [InlineData("\u4e16")]
    public void A_topic_name_that_cannot_be_is_unknown_to_produce_and_invalid_to_metadata(string name)
    {
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, _client.Produce(name, 0, 1, "x").ErrorCode);
        var metadata = _client.Ask<MetadataRequest, MetadataResponse>(
            new() { Topics = [new() { Name = name }], AllowAutoTopicCreation = true }, 9);
        Assert.Equal(ErrorCode.InvalidTopicException, metadata.Topics[0].ErrorCode);
        Assert.Equal(["t-0"], _broker.Files.List("/data/a").Where(entry => entry.IsDirectory).Select(entry => entry.Name));
    }

    [Fact]
    public void A_topic_name_of_250_characters_is_invalid_and_one_of_249_is_not()
    {
        ErrorCode Create(int length) => _client.Ask<CreateTopicsRequest, CreateTopicsResponse>(
            new() { Topics = [new() { Name = new string('t', length), NumPartitions = 1, ReplicationFactor = 1 }], TimeoutMs = 100 }, 5)
            .Topics[0].ErrorCode;
        Assert.Equal(ErrorCode.InvalidTopicException, Create(250));
        Assert.Equal(ErrorCode.None, Create(249));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void A_partition_that_is_not_there_is_unknown(int partition) =>
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, _client.Produce("t", partition, 1, "x").ErrorCode);
}
