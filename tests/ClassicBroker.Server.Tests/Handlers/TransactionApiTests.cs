using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Handlers;

/// <summary>
/// Transactions over the wire, at one broker that coordinates, leads and verifies. Every answer of Kafka is in the Conformance suite.
/// </summary>
public sealed class TransactionApiTests
{
    private const string Id = "tx";

    private readonly InProcessBroker _broker = new(
        "transaction.state.log.replication.factor=1",
        "transaction.state.log.min.isr=1",
        "transaction.state.log.num.partitions=1",
        "offsets.topic.num.partitions=1");

    private readonly BrokerClient _client;
    private readonly long _producerId;

    public TransactionApiTests()
    {
        _client = _broker.Connect();
        _client.CreateTopic("t", partitions: 2);
        foreach (var kind in (sbyte[])[0, 1])
        {
            _client.Ask<FindCoordinatorRequest, FindCoordinatorResponse>(new() { KeyType = kind, CoordinatorKeys = [Id] }, 4);
        }

        _producerId = Init().ProducerId;
    }

    [Fact]
    public void Committed_records_are_read_and_aborted_ones_are_named()
    {
        Add(0);
        Assert.Equal(ErrorCode.None, Produce(0, 0).ErrorCode);
        Assert.Equal((1, 0), Offsets());
        Assert.Equal(ErrorCode.None, End(isCommit: true));
        Assert.Equal((2, 2), Offsets());

        Add(0);
        Assert.Equal(ErrorCode.None, Produce(0, 1).ErrorCode);
        Assert.Equal(ErrorCode.None, End(isCommit: false));
        Assert.Equal((4, 4), Offsets());
        var fetch = BrokerClient.FetchRequestOf("t", 0, 0);
        fetch.IsolationLevel = 1;
        var read = _client.Ask<FetchRequest, FetchResponse>(fetch, 11).Responses[0].Partitions[0];
        var aborted = Assert.Single(read.AbortedTransactions!);
        Assert.Equal((_producerId, 2), (aborted.ProducerId, aborted.FirstOffset));
    }

    [Theory]
    [InlineData((short)3, ErrorCode.InvalidTxnState, null)]
    [InlineData((short)10, ErrorCode.InvalidTxnState, "Partition was not added to the transaction")]
    [InlineData((short)11, ErrorCode.TransactionAbortable, null)]
    public void A_partition_that_was_not_added_takes_no_batch(short version, ErrorCode error, string? message)
    {
        Add(0);
        var answer = Produce(1, 0, version: version);
        Assert.Equal((error, message), (answer.ErrorCode, version < 8 ? null : answer.ErrorMessage));
        Assert.Equal((0, 0), Offsets(1));
    }

    [Fact]
    public void A_produce_with_some_partitions_to_verify_writes_what_may_be_written_and_answers_in_order()
    {
        Add(1);
        var request = new ProduceRequest
        {
            TransactionalId = Id,
            Acks = -1,
            TimeoutMs = 1_000,
            TopicData =
            [
                new()
                {
                    Name = "t",
                    PartitionData =
                    [
                        new() { Index = 1, Records = new RecordsPayload(Batch(0, 0)) },
                        new() { Index = 0, Records = new RecordsPayload(BrokerClient.Batch("plain")) },
                        new() { Index = 7, Records = new RecordsPayload(Batch(0, 0)) },
                    ],
                },
            ],
        };
        var answers = _client.Ask<ProduceRequest, ProduceResponse>(request, 9).Responses[0].PartitionResponses;
        Assert.Equal(
            [(1, ErrorCode.None), (0, ErrorCode.None), (7, ErrorCode.UnknownTopicOrPartition)],
            answers.Select(answer => (answer.Index, answer.ErrorCode)));
    }

    [Fact]
    public void A_late_batch_never_opens_a_transaction_again()
    {
        Add(0);
        Produce(0, 0);
        End(isCommit: false);
        Assert.Equal(ErrorCode.InvalidTxnState, Produce(0, 1).ErrorCode);
        Assert.Equal((2, 2), Offsets());
    }

    [Theory]
    [InlineData((short)9, ErrorCode.InvalidProducerEpoch)]
    [InlineData((short)11, ErrorCode.InvalidProducerEpoch)]
    public void A_batch_of_an_epoch_that_was_never_given_is_refused_though_the_transaction_is_open(short version, ErrorCode error)
    {
        Add(0);
        Produce(0, 0);
        Assert.Equal(error, Produce(0, 0, epoch: 1, version: version).ErrorCode);
        Assert.Equal(ErrorCode.None, End(isCommit: true));
        Assert.Equal((2, 2), Offsets());
    }

    [Fact]
    public void Offsets_count_once_the_transaction_is_committed()
    {
        Assert.Equal(ErrorCode.InvalidTxnState, Commit(5, 3));
        Assert.Equal(ErrorCode.TransactionAbortable, Commit(5, 4));
        Assert.Equal(
            ErrorCode.None,
            _client.Ask<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>(
                new() { TransactionalId = Id, ProducerId = _producerId, GroupId = "g" }, 3).ErrorCode);
        Assert.Equal(ErrorCode.None, Commit(5, 3));
        Assert.Equal((-1, ErrorCode.UnstableOffsetCommit), Fetch(requireStable: true));
        Assert.Equal((-1, ErrorCode.None), Fetch(requireStable: false));
        Assert.Equal(ErrorCode.None, End(isCommit: true));
        Assert.Equal((5, ErrorCode.None), Fetch(requireStable: true));
    }

    [Fact]
    public void Every_commit_of_offsets_is_verified_with_the_coordinator()
    {
        _client.Ask<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>(
            new() { TransactionalId = Id, ProducerId = _producerId, GroupId = "g" }, 3);
        Assert.Equal(ErrorCode.None, Commit(5, 3));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, Commit(6, 3, epoch: 1));
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, Commit(6, 3, id: "never-seen"));
        Assert.Equal(ErrorCode.None, End(isCommit: true));
        Assert.Equal((5, ErrorCode.None), Fetch(requireStable: true));
    }

    [Theory]
    [InlineData((short)4)]
    [InlineData((short)5)]
    public void A_verification_of_no_transactions_is_answered(short version)
    {
        var answer = _client.Ask<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(new() { Transactions = [] }, version);
        Assert.Equal((ErrorCode.None, 0), (answer.ErrorCode, answer.ResultsByTransaction.Length));
    }

    [Fact]
    public void One_unknown_partition_keeps_its_siblings_out()
    {
        var request = new AddPartitionsToTxnRequest
        {
            V3AndBelowTransactionalId = Id,
            V3AndBelowProducerId = _producerId,
            V3AndBelowTopics = [new() { Name = "t", Partitions = [0, 9] }, new() { Name = "__consumer_offsets", Partitions = [0] }],
        };
        var answer = _client.Ask<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(request, 3).ResultsByTopicV3AndBelow;
        Assert.Equal(
            [ErrorCode.OperationNotAttempted, ErrorCode.UnknownTopicOrPartition, ErrorCode.TopicAuthorizationFailed],
            answer.SelectMany(topic => topic.ResultsByPartition).Select(partition => partition.PartitionErrorCode));
    }

    [Fact]
    public void Transactions_outlive_a_restart()
    {
        Add(0);
        Produce(0, 0);
        _broker.Stop();
        _broker.Start();
        var client = _broker.Connect();
        Assert.Equal(
            ErrorCode.None,
            client.Ask<EndTxnRequest, EndTxnResponse>(new() { TransactionalId = Id, ProducerId = _producerId, Committed = true }, 3).ErrorCode);
        var state = client.Ask<DescribeTransactionsRequest, DescribeTransactionsResponse>(new() { TransactionalIds = [Id] }, 0);
        Assert.Equal("CompleteCommit", state.TransactionStates.Single().TransactionState);
        Assert.Equal("CompleteCommit", client.Ask<ListTransactionsRequest, ListTransactionsResponse>(new(), 1).TransactionStates.Single().TransactionState);
    }

    private InitProducerIdResponse Init() =>
        _client.Ask<InitProducerIdRequest, InitProducerIdResponse>(new() { TransactionalId = Id, TransactionTimeoutMs = 60_000 }, 4);

    private void Add(int partition)
    {
        var request = new AddPartitionsToTxnRequest
        {
            V3AndBelowTransactionalId = Id,
            V3AndBelowProducerId = _producerId,
            V3AndBelowTopics = [new() { Name = "t", Partitions = [partition] }],
        };
        var answer = _client.Ask<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(request, 3);
        Assert.Equal(ErrorCode.None, answer.ResultsByTopicV3AndBelow[0].ResultsByPartition[0].PartitionErrorCode);
    }

    private ProduceResponse.PartitionProduceResponse Produce(int partition, int sequence, short epoch = 0, short version = 9)
    {
        var request = BrokerClient.ProduceRequestOf("t", partition, -1, Batch(sequence, epoch));
        request.TransactionalId = Id;
        return _client.Ask<ProduceRequest, ProduceResponse>(request, version).Responses[0].PartitionResponses[0];
    }

    private byte[] Batch(int sequence, short epoch)
    {
        using var builder = new RecordBatchBuilder
        {
            ProducerId = _producerId,
            ProducerEpoch = epoch,
            BaseSequence = sequence,
            IsTransactional = true,
        };
        builder.Append(_broker.Time.GetUtcNow().ToUnixTimeMilliseconds(), null, "value"u8);
        return builder.Build().ToArray();
    }

    private ErrorCode End(bool isCommit) =>
        _client.Ask<EndTxnRequest, EndTxnResponse>(
            new() { TransactionalId = Id, ProducerId = _producerId, Committed = isCommit }, 3).ErrorCode;

    private ErrorCode Commit(long offset, short version, short epoch = 0, string id = Id) =>
        _client.Ask<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(
            new()
            {
                TransactionalId = id,
                GroupId = "g",
                ProducerId = _producerId,
                ProducerEpoch = epoch,
                Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, CommittedOffset = offset }] }],
            },
            version).Topics[0].Partitions[0].ErrorCode;

    private (int Offset, ErrorCode Error) Fetch(bool requireStable)
    {
        var partition = _client.Ask<OffsetFetchRequest, OffsetFetchResponse>(
            new() { RequireStable = requireStable, Groups = [new() { GroupId = "g", Topics = [new() { Name = "t", PartitionIndexes = [0] }] }] },
            8).Groups[0].Topics[0].Partitions[0];
        return ((int)partition.CommittedOffset, partition.ErrorCode);
    }

    /// <summary>High watermark and last stable offset.</summary>
    private (long HighWatermark, long LastStable) Offsets(int partition = 0)
    {
        var read = _client.Ask<FetchRequest, FetchResponse>(BrokerClient.FetchRequestOf("t", partition, 0), 11).Responses[0].Partitions[0];
        return (read.HighWatermark, read.LastStableOffset);
    }
}
