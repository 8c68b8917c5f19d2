using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Handlers;

/// <summary>
/// Idempotent and transactional producers of every age, frame by frame at the versions their releases speak, with and without the
/// verification of KIP-890.
/// </summary>
public sealed class ProducerGenerationTests
{
    private const string Id = "tx";

    /// <summary>Versions of InitProducerId, AddPartitionsToTxn, AddOffsetsToTxn, TxnOffsetCommit, EndTxn and Produce by release.</summary>
    private static readonly (string Release, short Init, short Add, short AddOffsets, short Commit, short End, short Produce)[] Releases =
    [
        ("0.11", 0, 0, 0, 0, 0, 3),
        ("1.0", 0, 0, 0, 0, 0, 5),
        ("2.0", 1, 1, 1, 1, 1, 6),
        ("2.2", 1, 1, 1, 2, 1, 7),
        ("2.4", 2, 1, 1, 2, 1, 8),
        ("2.5", 3, 1, 1, 3, 1, 8),
        ("2.7", 4, 2, 2, 3, 2, 8),
        ("2.8", 4, 3, 3, 3, 3, 9),
        ("3.7", 4, 3, 3, 3, 3, 10),
        ("3.8", 5, 3, 4, 4, 4, 11),

        // No client sends these; brokers verify by them, and they can add as well.
        ("batched 4", 5, 4, 4, 4, 4, 11),
        ("batched 5", 5, 5, 4, 4, 4, 11),
    ];

    private BrokerClient _client = null!;
    private InProcessBroker _broker = null!;

    public static TheoryData<string, bool> Transactional()
    {
        var rows = new TheoryData<string, bool>();
        foreach (var release in Releases)
        {
            rows.Add(release.Release, true);
            rows.Add(release.Release, false);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Transactional))]
    public void Transactions_are_committed_and_aborted_whatever_the_age_of_the_producer(string release, bool isVerified)
    {
        Start(isVerified);
        var speaks = Releases.Single(known => known.Release == release);
        var (producerId, epoch) = Init(Id, speaks.Init);

        Add(speaks.Add, producerId, epoch, 0);
        Assert.Equal((ErrorCode.None, 0), Produce(Id, producerId, epoch, partition: 0, sequence: 0, speaks.Produce));
        AddOffsets(speaks.AddOffsets, producerId, epoch);
        Commit(speaks.Commit, producerId, epoch, 5);
        Assert.Equal(-1, Committed());
        End(speaks.End, producerId, epoch, isCommit: true);
        Assert.Equal(5, Committed());

        Add(speaks.Add, producerId, epoch, 0);
        Assert.Equal((ErrorCode.None, 2), Produce(Id, producerId, epoch, partition: 0, sequence: 1, speaks.Produce));
        AddOffsets(speaks.AddOffsets, producerId, epoch);
        Commit(speaks.Commit, producerId, epoch, 9);
        End(speaks.End, producerId, epoch, isCommit: false);
        Assert.Equal(5, Committed());

        // A record and a marker of each transaction; the second is told as aborted.
        var fetch = BrokerClient.FetchRequestOf("t", 0, 0);
        fetch.IsolationLevel = 1;
        var read = _client.Ask<FetchRequest, FetchResponse>(fetch, 11).Responses[0].Partitions[0];
        Assert.Equal((4, 4), (read.HighWatermark, read.LastStableOffset));
        Assert.Equal([(producerId, 2L)], read.AbortedTransactions!.Select(aborted => (aborted.ProducerId, aborted.FirstOffset)));
    }

    [Theory]
    [MemberData(nameof(Transactional))]
    public void A_partition_that_was_not_added_takes_a_batch_only_where_nothing_is_verified(string release, bool isVerified)
    {
        Start(isVerified);
        var speaks = Releases.Single(known => known.Release == release);
        var (producerId, epoch) = Init(Id, speaks.Init);
        Add(speaks.Add, producerId, epoch, 0);

        var (error, _) = Produce(Id, producerId, epoch, partition: 1, sequence: 0, speaks.Produce);
        Assert.Equal(
            !isVerified ? ErrorCode.None : speaks.Produce < 11 ? ErrorCode.InvalidTxnState : ErrorCode.TransactionAbortable, error);
    }

    [Theory]
    [MemberData(nameof(Transactional))]
    public void A_batch_sent_twice_is_written_once_whatever_the_age_of_the_producer(string release, bool isVerified)
    {
        Start(isVerified);
        var speaks = Releases.Single(known => known.Release == release);
        var (producerId, epoch) = Init(null, speaks.Init);

        Assert.Equal((ErrorCode.None, 0), Produce(null, producerId, epoch, 0, sequence: 0, speaks.Produce));
        Assert.Equal((ErrorCode.None, 1), Produce(null, producerId, epoch, 0, sequence: 1, speaks.Produce));
        Assert.Equal((ErrorCode.None, 0), Produce(null, producerId, epoch, 0, sequence: 0, speaks.Produce));
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Produce(null, producerId, epoch, 0, sequence: 7, speaks.Produce).Error);
        Assert.Equal(2, _client.Fetch("t", 0, 0).Responses[0].Partitions[0].HighWatermark);
    }

    private void Start(bool isVerified)
    {
        _broker = new(
            "transaction.state.log.replication.factor=1",
            "transaction.state.log.min.isr=1",
            "transaction.state.log.num.partitions=1",
            "offsets.topic.num.partitions=1",
            $"transaction.partition.verification.enable={(isVerified ? "true" : "false")}");
        _client = _broker.Connect();
        _client.CreateTopic("t", partitions: 2);
        foreach (var kind in (sbyte[])[0, 1])
        {
            _client.Ask<FindCoordinatorRequest, FindCoordinatorResponse>(new() { KeyType = kind, Key = Id }, 1);
        }
    }

    private (long ProducerId, short Epoch) Init(string? transactionalId, short version)
    {
        var answer = _client.Ask<InitProducerIdRequest, InitProducerIdResponse>(
            new() { TransactionalId = transactionalId, TransactionTimeoutMs = 60_000 }, version);
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        return (answer.ProducerId, answer.ProducerEpoch);
    }

    private void Add(short version, long producerId, short epoch, int partition)
    {
        var answer = version >= 4
            ? _client.Ask<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(
                new()
                {
                    Transactions =
                    [
                        new()
                        {
                            TransactionalId = Id,
                            ProducerId = producerId,
                            ProducerEpoch = epoch,
                            Topics = [new() { Name = "t", Partitions = [partition] }],
                        },
                    ],
                },
                version).ResultsByTransaction[0].TopicResults[0]
            : _client.Ask<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(
                new()
                {
                    V3AndBelowTransactionalId = Id,
                    V3AndBelowProducerId = producerId,
                    V3AndBelowProducerEpoch = epoch,
                    V3AndBelowTopics = [new() { Name = "t", Partitions = [partition] }],
                },
                version).ResultsByTopicV3AndBelow[0];
        Assert.Equal(ErrorCode.None, answer.ResultsByPartition[0].PartitionErrorCode);
    }

    private (ErrorCode Error, long Offset) Produce(
        string? transactionalId, long producerId, short epoch, int partition, int sequence, short version)
    {
        using var builder = new RecordBatchBuilder
        {
            ProducerId = producerId,
            ProducerEpoch = epoch,
            BaseSequence = sequence,
            IsTransactional = transactionalId is not null,
        };
        builder.Append(_broker.Time.GetUtcNow().ToUnixTimeMilliseconds(), null, "value"u8);
        var request = BrokerClient.ProduceRequestOf("t", partition, -1, builder.Build().ToArray());
        request.TransactionalId = transactionalId;
        var answer = _client.Ask<ProduceRequest, ProduceResponse>(request, version).Responses[0].PartitionResponses[0];
        return (answer.ErrorCode, answer.BaseOffset);
    }

    private void AddOffsets(short version, long producerId, short epoch) => Assert.Equal(
        ErrorCode.None,
        _client.Ask<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>(
            new() { TransactionalId = Id, ProducerId = producerId, ProducerEpoch = epoch, GroupId = "g" }, version).ErrorCode);

    private void Commit(short version, long producerId, short epoch, long offset) => Assert.Equal(
        ErrorCode.None,
        _client.Ask<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(
            new()
            {
                TransactionalId = Id,
                GroupId = "g",
                ProducerId = producerId,
                ProducerEpoch = epoch,
                Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, CommittedOffset = offset }] }],
            },
            version).Topics[0].Partitions[0].ErrorCode);

    private void End(short version, long producerId, short epoch, bool isCommit) => Assert.Equal(
        ErrorCode.None,
        _client.Ask<EndTxnRequest, EndTxnResponse>(
            new() { TransactionalId = Id, ProducerId = producerId, ProducerEpoch = epoch, Committed = isCommit }, version).ErrorCode);

    private long Committed() =>
        _client.Ask<OffsetFetchRequest, OffsetFetchResponse>(
            new() { GroupId = "g", Topics = [new() { Name = "t", PartitionIndexes = [0] }] }, 5).Topics[0].Partitions[0].CommittedOffset;
}
