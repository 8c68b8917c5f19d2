using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Admin;

/// <summary>
/// Calls about transactions (KIP-664): to their coordinators, and to the leaders of the partitions they hold. Safe from any thread.
/// </summary>
internal sealed class TransactionAdmin(AdminCalls calls)
{
    private const sbyte TransactionKeyType = 1;

    public Task<ClusterListing<TransactionListing>> ListAsync(IReadOnlyCollection<long> producerIds, long durationMs) =>
        calls.ListAsync("listTransactions", async broker =>
        {
            var request = new ListTransactionsRequest { ProducerIdFilters = [.. producerIds], DurationFilter = durationMs };
            var response = await calls.SendToBrokerAsync<ListTransactionsRequest, ListTransactionsResponse>(broker, request);
            Require(response.ErrorCode, "ListTransactions");
            return response.TransactionStates.Select(state =>
                new TransactionListing(state.TransactionalId, broker, state.ProducerId, state.TransactionState));
        });

    public Task<TransactionDescription> DescribeAsync(string transactionalId) =>
        calls.RunAsync("describeTransactions", async () =>
        {
            var coordinator = await CoordinatorAsync(transactionalId);
            var response = await calls.SendToBrokerAsync<DescribeTransactionsRequest, DescribeTransactionsResponse>(
                coordinator, new() { TransactionalIds = [transactionalId] });
            var described = AdminCalls.Only(response.TransactionStates);
            Require(described.ErrorCode, "DescribeTransactions");
            return new TransactionDescription(
                coordinator,
                described.ProducerId,
                described.ProducerEpoch,
                described.TransactionState,
                described.TransactionTimeoutMs,
                described.TransactionStartTimeMs < 0 ? null : described.TransactionStartTimeMs,
                [
                    .. described.Topics.SelectMany(topic =>
                        topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition))).Order(),
                ]);
        });

    public Task<IReadOnlyList<ProducerDescription>> DescribeProducersAsync(TopicPartition partition, int? broker) =>
        calls.RunAsync<IReadOnlyList<ProducerDescription>>("describeProducers", async () =>
        {
            var request = new DescribeProducersRequest
            {
                Topics = [new() { Name = partition.Topic, PartitionIndexes = [partition.Partition] }],
            };
            var response = await calls.SendToBrokerAsync<DescribeProducersRequest, DescribeProducersResponse>(
                broker ?? await LeaderAsync(partition), request);
            var described = AdminCalls.Only(AdminCalls.Only(response.Topics).Partitions);
            Require(described.ErrorCode, "DescribeProducers");
            return
            [
                .. described.ActiveProducers.Select(producer => new ProducerDescription
                {
                    ProducerId = producer.ProducerId,
                    ProducerEpoch = producer.ProducerEpoch,
                    CoordinatorEpoch = producer.CoordinatorEpoch,
                    LastSequence = producer.LastSequence,
                    LastTimestampMs = producer.LastTimestamp,
                    TransactionStartOffset = producer.CurrentTxnStartOffset < 0 ? null : producer.CurrentTxnStartOffset,
                }),
            ];
        });

    public Task AbortAsync(TopicPartition partition, long producerId, short producerEpoch, int coordinatorEpoch) =>
        calls.RunAsync("abortTransaction", async () =>
        {
            var request = new WriteTxnMarkersRequest
            {
                Markers =
                [
                    new()
                    {
                        ProducerId = producerId,
                        ProducerEpoch = producerEpoch,
                        CoordinatorEpoch = coordinatorEpoch,
                        TransactionResult = false,
                        Topics = [new() { Name = partition.Topic, PartitionIndexes = [partition.Partition] }],
                    },
                ],
            };
            var response = await calls.SendToBrokerAsync<WriteTxnMarkersRequest, WriteTxnMarkersResponse>(
                await LeaderAsync(partition), request);
            Require(AdminCalls.Only(AdminCalls.Only(AdminCalls.Only(response.Markers).Topics).Partitions).ErrorCode, "WriteTxnMarkers");
            return true;
        });

    public Task<IReadOnlyList<FencedProducer>> FenceAsync(IReadOnlyCollection<string> transactionalIds) =>
        calls.RunEachAsync<string, FencedProducer>(
            "fenceProducer",
            transactionalIds,
            (transactionalId, failure) => new FencedProducer(transactionalId, -1, -1, failure),
            answers => answers.AskEachAsync(async transactionalId => answers.Give(transactionalId, await FenceAsync(transactionalId))));

    /// <summary>Asks for the id as a producer of it would that starts; its transactions need not last, for there are none.</summary>
    private async Task<FencedProducer> FenceAsync(string transactionalId)
    {
        var response = await calls.SendToBrokerAsync<InitProducerIdRequest, InitProducerIdResponse>(
            await CoordinatorAsync(transactionalId),
            new() { TransactionalId = transactionalId, TransactionTimeoutMs = calls.RequestTimeoutMs });
        Require(response.ErrorCode, "InitProducerId");
        return new FencedProducer(transactionalId, response.ProducerId, response.ProducerEpoch, Failure: null);
    }

    private async Task<int> LeaderAsync(TopicPartition partition)
    {
        calls.Cluster.Follow(partition.Topic);
        await calls.Cluster.RefreshAsync();
        return calls.Cluster.Metadata.LeaderOf(partition) ?? throw calls.Cluster.Metadata.Leaderless(partition);
    }

    private async Task<int> CoordinatorAsync(string transactionalId)
    {
        var request = new FindCoordinatorRequest { KeyType = TransactionKeyType, CoordinatorKeys = [transactionalId] };
        var response = await calls.SendToAnyAsync<FindCoordinatorRequest, FindCoordinatorResponse>(request);
        var found = AdminCalls.Only(response.Coordinators);
        Require(found.ErrorCode, "FindCoordinator");
        return found.NodeId;
    }

    private void Require(ErrorCode error, string api)
    {
        if (error != ErrorCode.None)
        {
            throw calls.Refusal(error, null, api);
        }
    }
}
