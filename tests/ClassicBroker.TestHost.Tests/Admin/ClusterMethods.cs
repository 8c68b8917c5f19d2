using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.TestHost.Tests.Admin;

/// <summary>Methods about brokers, leaders, replicas and transactions. Stateless.</summary>
internal static class ClusterMethods
{
    private static readonly TopicPartition Somewhere = new("somewhere", 0);

    public static readonly Dictionary<string, AdminMethod> All = new()
    {
        [nameof(AdminClient.DescribeClusterAsync)] = new(
            (admin, cancellation) => admin.DescribeClusterAsync(cancellation),
            async broker => Assert.Equal([0], (await broker.Admin.DescribeClusterAsync()).Nodes.Select(node => node.Id)),
            Wrong: null),
        [nameof(AdminClient.DescribeApiVersionsAsync)] = new(
            (admin, cancellation) => admin.DescribeApiVersionsAsync(cancellation),
            async broker => Assert.NotEmpty(Assert.Single(await broker.Admin.DescribeApiVersionsAsync()).Apis),
            Wrong: null),
        [nameof(AdminClient.DescribeLogDirsAsync)] = new(
            (admin, cancellation) => admin.DescribeLogDirsAsync([0], cancellation),
            async broker =>
            {
                var partition = await broker.NewTopicAsync(records: 1);
                var directory = Assert.Single(Assert.Single(await broker.Admin.DescribeLogDirsAsync([0])).ThrowIfFailed().Directories);
                Assert.True(directory.Replicas.Single(replica => replica.Partition == partition).Size > 0);
            },
            async broker =>
            {
                var described = await broker.Admin.DescribeLogDirsAsync([7, 0]);
                Assert.Equal([7, 0], described.Select(each => each.BrokerId));
                Refused.ForAbsentBroker(described[0].Failure);
                Assert.Null(Assert.Single(described[1].ThrowIfFailed().Directories).Failure);
            }),
        [nameof(AdminClient.ElectLeadersAsync)] = new(
            (admin, cancellation) => admin.ElectLeadersAsync(ElectionType.Preferred, partitions: null, cancellation),
            async broker => Assert.Empty(await broker.Admin.ElectLeadersAsync(ElectionType.Preferred, partitions: null)),
            async broker =>
            {
                var partition = await broker.NewTopicAsync();
                var elected = await broker.Admin.ElectLeadersAsync(ElectionType.Preferred, [partition, Somewhere]);
                Refused.With(ErrorCode.ElectionNotNeeded, elected.Single(result => result.Partition == partition).Failure);
                Refused.With(ErrorCode.UnknownTopicOrPartition, elected.Single(result => result.Partition == Somewhere).Failure);
            }),
        [nameof(AdminClient.ListReassignmentsAsync)] = new(
            (admin, cancellation) => admin.ListReassignmentsAsync(cancellation: cancellation),
            async broker => Assert.Empty(await broker.Admin.ListReassignmentsAsync([await broker.NewTopicAsync()])),
            Wrong: null),
        [nameof(AdminClient.AlterReassignmentsAsync)] = new(
            (admin, cancellation) => admin.AlterReassignmentsAsync(To(Somewhere, [0]), cancellation),
            async broker => Assert.Null(Assert.Single(await broker.Admin.AlterReassignmentsAsync(To(await broker.NewTopicAsync(), [0]))).Failure),
            async broker =>
            {
                var (moved, settled) = (await broker.NewTopicAsync(), await broker.NewTopicAsync());
                var altered = await broker.Admin.AlterReassignmentsAsync(
                    new Dictionary<TopicPartition, IReadOnlyList<int>?> { [moved] = [7], [settled] = null, [Somewhere] = [0] });
                Refused.With(ErrorCode.InvalidReplicaAssignment, altered.Single(result => result.Partition == moved).Failure);
                Refused.With(ErrorCode.NoReassignmentInProgress, altered.Single(result => result.Partition == settled).Failure);
                Refused.With(ErrorCode.UnknownTopicOrPartition, altered.Single(result => result.Partition == Somewhere).Failure);
            }),
        [nameof(AdminClient.AlterReplicaLogDirsAsync)] = new(
            (admin, cancellation) => admin.AlterReplicaLogDirsAsync([new ReplicaLogDir(Somewhere, 0, "/")], cancellation),
            async broker =>
            {
                var path = Assert.Single((await broker.Admin.DescribeLogDirsAsync([0]))[0].Directories).Path;
                var moved = await broker.Admin.AlterReplicaLogDirsAsync([new ReplicaLogDir(await broker.NewTopicAsync(), 0, path)]);
                Assert.Null(Assert.Single(moved).Failure);
            },
            async broker =>
            {
                var partition = await broker.NewTopicAsync();
                var moved = await broker.Admin.AlterReplicaLogDirsAsync(
                    [new ReplicaLogDir(partition, 7, "/nowhere"), new ReplicaLogDir(partition, 0, "/nowhere")]);
                Refused.ForAbsentBroker(moved[0].Failure);
                Refused.With(ErrorCode.LogDirNotFound, moved[1].Failure);
            }),

        [nameof(AdminClient.DescribeFeaturesAsync)] = new(
            (admin, cancellation) => admin.DescribeFeaturesAsync(cancellation),
            async broker =>
            {
                var features = await broker.Admin.DescribeFeaturesAsync();
                Assert.Empty(features.Finalized);
                Assert.Empty(features.Supported);
            },
            Wrong: null),

        // A broker that uses ZooKeeper has no features to finalize: all that can be told is that it has not.
        [nameof(AdminClient.UpdateFeaturesAsync)] = new(
            (admin, cancellation) => admin.UpdateFeaturesAsync([new FeatureUpdate("f", 1, FeatureUpdateType.Upgrade)], cancellation: cancellation),
            async broker =>
            {
                var updated = await broker.Admin.UpdateFeaturesAsync([new FeatureUpdate("f", 1, FeatureUpdateType.Upgrade)]);
                Assert.Equal("f", Assert.Single(updated).Name);
                Refused.With(ErrorCode.InvalidRequest, updated[0].Failure);
            },
            Wrong: null),
        [nameof(AdminClient.ListTransactionsAsync)] = new(
            (admin, cancellation) => admin.ListTransactionsAsync(cancellation: cancellation),
            async broker =>
            {
                await using var open = await OpenTransaction.BeginAsync(broker);
                var listed = (await broker.Admin.ListTransactionsAsync()).ThrowIfFailed();
                Assert.Equal("Ongoing", listed.Single(transaction => transaction.TransactionalId == open.Id).State);
            },
            Wrong: null),
        [nameof(AdminClient.DescribeTransactionAsync)] = new(
            (admin, cancellation) => admin.DescribeTransactionAsync("t", cancellation),
            async broker =>
            {
                await using var open = await OpenTransaction.BeginAsync(broker);
                Assert.Equal([open.Partition], (await broker.Admin.DescribeTransactionAsync(open.Id)).Partitions);
            },
            broker => Refused.With(ErrorCode.TransactionalIdNotFound, () => broker.Admin.DescribeTransactionAsync("absent"))),
        [nameof(AdminClient.DescribeProducersAsync)] = new(
            (admin, cancellation) => admin.DescribeProducersAsync(Somewhere, cancellation: cancellation),
            async broker =>
            {
                await using var open = await OpenTransaction.BeginAsync(broker);
                Assert.Equal(0, Assert.Single(await broker.Admin.DescribeProducersAsync(open.Partition)).TransactionStartOffset);
            },
            async broker => Assert.Equal(
                ErrorCode.BrokerNotAvailable,
                (await Assert.ThrowsAsync<KafkaException>(() => broker.Admin.DescribeProducersAsync(Somewhere, broker: 7))).Code)),
        [nameof(AdminClient.FenceProducersAsync)] = new(
            (admin, cancellation) => admin.FenceProducersAsync(["t"], cancellation),
            async broker =>
            {
                await using var open = await OpenTransaction.BeginAsync(broker);
                var before = await broker.Admin.DescribeTransactionAsync(open.Id);
                var fenced = Assert.Single(await broker.Admin.FenceProducersAsync([open.Id]));
                Assert.Equal((before.ProducerId, null), (fenced.ProducerId, fenced.Failure));
                Assert.True(fenced.ProducerEpoch > before.ProducerEpoch);
                await Assert.ThrowsAsync<ProducerFencedException>(open.CommitAsync);
            },
            async broker =>
            {
                var fenced = await broker.Admin.FenceProducersAsync(["", broker.NewName()]);
                Refused.With(ErrorCode.InvalidRequest, fenced[0].Failure);
                Assert.Null(fenced[1].Failure);
            }),
        [nameof(AdminClient.AbortTransactionAsync)] = new(
            (admin, cancellation) => admin.AbortTransactionAsync(Somewhere, 1, 0, 0, cancellation),
            async broker =>
            {
                await using var open = await OpenTransaction.BeginAsync(broker);
                var producer = Assert.Single(await broker.Admin.DescribeProducersAsync(open.Partition));
                await broker.Admin.AbortTransactionAsync(open.Partition, producer.ProducerId, (short)producer.ProducerEpoch, 0);
                Assert.Null(Assert.Single(await broker.Admin.DescribeProducersAsync(open.Partition)).TransactionStartOffset);
            },
            async broker =>
            {
                await using var open = await OpenTransaction.BeginAsync(broker);
                var producer = Assert.Single(await broker.Admin.DescribeProducersAsync(open.Partition));
                await Refused.With(
                    ErrorCode.InvalidProducerEpoch,
                    () => broker.Admin.AbortTransactionAsync(open.Partition, producer.ProducerId, -1, 0));
            }),
    };

    private static Dictionary<TopicPartition, IReadOnlyList<int>?> To(TopicPartition partition, int[] brokers) => new() { [partition] = brokers };

    /// <summary>A transaction that holds one record, until it is disposed of.</summary>
    private sealed class OpenTransaction(KafkaProducer<string?, string?> producer, string id, TopicPartition partition) : IAsyncDisposable
    {
        public string Id => id;

        public TopicPartition Partition => partition;

        public static async Task<OpenTransaction> BeginAsync(AdminBroker broker)
        {
            var (id, partition) = (broker.NewName(), await broker.NewTopicAsync());
            var producer = new KafkaProducer<string?, string?>(
                new ProducerConfig { BootstrapServers = broker.BootstrapServers, TransactionalId = id }, Serdes.String, Serdes.String);
            await producer.InitTransactionsAsync();
            producer.BeginTransaction();
            await producer.ProduceAsync(partition.Topic, null, "open");
            return new OpenTransaction(producer, id, partition);
        }

        public Task CommitAsync() => producer.CommitTransactionAsync();

        public ValueTask DisposeAsync() => producer.DisposeAsync();
    }
}
