using ClassicBroker.Client.Cluster;
using ClassicBroker.Client.Producer;
using ClassicBroker.Primitives;
using ClassicBroker.Testing;

namespace ClassicBroker.Client.Tests.Producer;

public sealed class TopicQueuesTests
{
    private static TopicQueues Queues(ProducerConfig config, params int[] leaders) =>
        Queues(config, new BrokerLatencies(config), leaders);

    private static TopicQueues Queues(ProducerConfig config, BrokerLatencies latencies, params int[] leaders) =>
        new(
            new TopicMetadata("t", Uuid.Zero, ErrorCode.None, false, leaders
                .Select((leader, index) => Partition(index, leader))
                .ToArray()),
            config,
            new SeededRandomSource(3),
            latencies);

    private static PartitionMetadata Partition(int index, int leader) =>
        new() { Partition = index, LeaderId = leader, LeaderEpoch = 0, Replicas = [0], Isr = [0], OfflineReplicas = [] };

    [Fact]
    public void Records_without_keys_stick_to_a_partition_for_a_batch_and_then_move_on()
    {
        var queues = Queues(new ProducerConfig { BatchSize = 100 }, 0, 0, 0);
        var first = queues.Choose();
        queues.CountSticky(first, 60);
        Assert.False(queues.TryMoveOn(first));
        Assert.Equal(first, queues.Choose());
        queues.CountSticky(first, 60);
        Assert.True(queues.TryMoveOn(first));
    }

    [Fact]
    public void After_two_batches_they_move_on_in_any_case_and_spread_evenly()
    {
        var queues = Queues(new ProducerConfig { BatchSize = 100, AdaptivePartitioning = false }, 0, 0, 0);
        var counts = new int[3];
        for (var i = 0; i < 3000; i++)
        {
            var partition = queues.Choose();
            counts[partition]++;
            queues.CountSticky(partition, 200);
        }

        Assert.All(counts, count => Assert.InRange(count, 850, 1150));
    }

    [Fact]
    public void Partitions_without_a_leader_are_avoided()
    {
        var queues = Queues(new ProducerConfig { BatchSize = 1 }, -1, 0, -1);
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(1, queues.Choose());
            queues.CountSticky(1, 10);
        }
    }

    [Theory]
    [InlineData(100, true, new[] { 1 })]
    [InlineData(0, true, new[] { 0, 1 })]
    [InlineData(100, false, new[] { 0, 1 })]
    public void A_broker_that_takes_no_batches_gets_no_records_without_keys(int timeoutMs, bool isAdaptive, int[] expected)
    {
        var config = new ProducerConfig
        {
            BatchSize = 1,
            PartitionerAvailabilityTimeout = TimeSpan.FromMilliseconds(timeoutMs),
            AdaptivePartitioning = isAdaptive,
        };
        var latencies = new BrokerLatencies(config);
        latencies.Note(7, 1000, isDrained: true);
        latencies.Note(7, 1100, isDrained: false);
        Assert.False(latencies.IsSlow(7));
        latencies.Note(7, 1101, isDrained: false);
        latencies.Note(8, 5000, isDrained: false);
        Assert.Equal([.. expected], Chosen(Queues(config, latencies, 7, 8)));

        latencies.Note(7, 1200, isDrained: true);
        Assert.Equal([0, 1], Chosen(Queues(config, latencies, 7, 8)));
    }

    [Fact]
    public void Where_all_brokers_are_slow_none_is_avoided()
    {
        var config = new ProducerConfig { BatchSize = 1, PartitionerAvailabilityTimeout = TimeSpan.FromMilliseconds(1) };
        var latencies = new BrokerLatencies(config);
        latencies.Note(0, 0, isDrained: true);
        latencies.Note(0, 10, isDrained: false);
        Assert.Equal([0, 1], Chosen(Queues(config, latencies, 0, 0)));
    }

    private static SortedSet<int> Chosen(TopicQueues queues)
    {
        SortedSet<int> chosen = [];
        for (var i = 0; i < 50; i++)
        {
            var partition = queues.Choose();
            chosen.Add(partition);
            queues.CountSticky(partition, 10);
        }

        return chosen;
    }

    [Fact]
    public void Round_robin_takes_the_partitions_in_turn()
    {
        var queues = Queues(new ProducerConfig { Partitioner = PartitionerKind.RoundRobin }, 0, 0, 0);
        var turns = Enumerable.Range(0, 6).Select(_ => queues.Choose()).ToArray();
        Assert.Equal([0, 1, 2], turns[..3].Order());
        Assert.Equal(turns[..3], turns[3..]);
    }

    [Fact]
    public void New_partitions_join_and_old_queues_stay()
    {
        var queues = Queues(new ProducerConfig(), 0);
        var known = queues.Partitions[0];
        queues.Update(new TopicMetadata("t", Uuid.Zero, ErrorCode.None, false, Enumerable.Range(0, 4)
            .Select(index => Partition(index, leader: 0))
            .ToArray()));
        Assert.Equal(4, queues.Partitions.Length);
        Assert.Same(known, queues.Partitions[0]);
    }

    [Fact]
    public void Keys_count_only_for_the_default_partitioner()
    {
        Assert.InRange(Queues(new ProducerConfig(), 0, 0).ByKey("k"u8, true), 0, 1);
        Assert.Equal(-1, Queues(new ProducerConfig(), 0, 0).ByKey("k"u8, false));
        Assert.Equal(-1, Queues(new ProducerConfig { PartitionerIgnoreKeys = true }, 0, 0).ByKey("k"u8, true));
        Assert.Equal(-1, Queues(new ProducerConfig { Partitioner = PartitionerKind.UniformSticky }, 0, 0).ByKey("k"u8, true));
    }
}
