using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Tests.Groups;

/// <summary>Consumers of ours in one group of a broker of ours: rebalances, commits, static members.</summary>
public sealed class ConsumerGroupTests
{
    private readonly GroupBroker _broker = new();
    private readonly ClientNetwork _network;
    private readonly IEventLoop _loop;
    private int _sent;

    public ConsumerGroupTests()
    {
        _network = _broker.NewNetwork(out var loop);
        _loop = loop;
        _broker.Await(_loop.InvokeAsync(async () =>
        {
            await using var admin = new AdminClient(new AdminConfig { BootstrapServers = GroupBroker.Bootstrap }, _network);
            var created = await admin.CreateTopicsAsync([new NewTopic("t") { Partitions = 4, ReplicationFactor = 1 }]);
            created[0].ThrowIfFailed();
        }));
    }

    private void Send(int count)
    {
        _broker.Await(_loop.InvokeAsync(async () =>
        {
            await using var producer = new KafkaProducer<string, string>(
                ProducerConfig.ForReliability(GroupBroker.Bootstrap), Serdes.String, Serdes.String, _network);
            for (var i = 0; i < count; i++)
            {
                await producer.ProduceAsync(new ProducerRecord<string, string>("t", "k", $"{_sent}") { Partition = _sent++ % 4 });
            }
        }));
    }

    private string[] Sent() => [.. Enumerable.Range(0, _sent).Select(number => $"{number}").Order(StringComparer.Ordinal)];

    private void Settle() => _broker.Time.AdvanceMs(15_000);

    [Fact]
    public void A_single_member_gets_all_partitions_and_the_next_goes_on_where_it_left()
    {
        Send(8);
        var first = new GroupConsumer(_broker).Start("t");
        Settle();
        Assert.Equal(["+0,1,2,3"], first.Events);
        Assert.Equal(Sent(), first.Read.Order(StringComparer.Ordinal));
        first.Close();
        Assert.Equal(["+0,1,2,3", "-0,1,2,3"], first.Events);

        Send(4);
        var second = new GroupConsumer(_broker).Start("t");
        Settle();
        Assert.Equal(["10", "11", "8", "9"], second.Read.Order(StringComparer.Ordinal));
        second.Close();
    }

    [Theory]
    [InlineData("range")]
    [InlineData("roundrobin")]
    [InlineData("sticky")]
    [InlineData("cooperative-sticky")]
    public void Two_members_share_and_the_one_that_stays_gets_all_again(string strategy)
    {
        var first = new GroupConsumer(_broker, ("partition.assignment.strategy", strategy)).Start("t");
        Settle();
        var second = new GroupConsumer(_broker, ("partition.assignment.strategy", strategy)).Start("t");
        Settle();
        Assert.Equal([0, 1, 2, 3], first.Partitions.Concat(second.Partitions).Order());
        Assert.Equal(2, first.Partitions.Count());
        Send(8);
        Settle();
        second.Close();
        Send(8);
        Settle();
        Assert.Equal([0, 1, 2, 3], first.Partitions);
        Assert.Equal(Sent(), first.Read.Concat(second.Read).Order(StringComparer.Ordinal));
        first.Close();
    }

    [Fact]
    public void A_cooperative_member_gives_up_only_what_moves()
    {
        var first = new GroupConsumer(_broker, ("partition.assignment.strategy", "cooperative-sticky")).Start("t");
        Settle();
        var second = new GroupConsumer(_broker, ("partition.assignment.strategy", "cooperative-sticky")).Start("t");
        Settle();
        Assert.Equal("+0,1,2,3", first.Events[0]);
        var revoked = Assert.Single(first.Events, happened => happened[0] == '-');
        Assert.Equal(2, revoked.Split(',').Length);
        Assert.DoesNotContain(second.Events, happened => happened[0] == '-');
        first.Close();
        second.Close();
    }

    [Fact]
    public void What_is_committed_in_the_callback_is_where_the_next_owner_begins()
    {
        Send(8);
        var first = new GroupConsumer(_broker, ("enable.auto.commit", "false")).Start("t");
        first.OnRevoked = async () => await first.Consumer.CommitAsync();
        Settle();
        var second = new GroupConsumer(_broker, ("enable.auto.commit", "false")).Start("t");
        Settle();
        Assert.Equal(8, first.Read.Count);
        Assert.Empty(second.Read);
        first.Close();
        second.Close();
    }

    [Fact]
    public void A_commit_of_a_member_the_group_has_dropped_fails()
    {
        Send(4);
        var first = new GroupConsumer(_broker, ("enable.auto.commit", "false"), ("max.poll.interval.ms", "5000")).Start("t");
        Settle();
        first.Stop();
        var second = new GroupConsumer(_broker, ("enable.auto.commit", "false")).Start("t");
        _broker.Time.AdvanceMs(60_000);
        Assert.Equal([0, 1, 2, 3], second.Partitions);
        var commit = first.Run(async () =>
        {
            await Assert.ThrowsAsync<CommitFailedException>(() => first.Consumer.CommitAsync());
            return true;
        });
        Assert.True(_broker.Await(commit));
        second.Close();
    }

    [Fact]
    public void A_static_member_that_restarts_gets_its_partitions_back_without_a_rebalance()
    {
        var first = new GroupConsumer(_broker, ("group.instance.id", "one")).Start("t");
        var second = new GroupConsumer(_broker, ("group.instance.id", "two")).Start("t");
        Settle();
        var before = second.Partitions.ToArray();
        var events = first.Events.Count;
        second.Close();
        var again = new GroupConsumer(_broker, ("group.instance.id", "two")).Start("t");
        _broker.Time.AdvanceMs(5_000);
        Assert.Equal(before, again.Partitions);
        Assert.Equal(events, first.Events.Count);
        first.Close();
        again.Close();
    }

    [Fact]
    public void Commits_and_lag_of_a_consumer_that_assigns_itself()
    {
        Send(8);
        var consumer = new GroupConsumer(_broker, ("enable.auto.commit", "false"));
        var partition = new TopicPartition("t", 0);
        consumer.Consumer.Assign([partition]);
        var records = _broker.Await(consumer.Run(() => consumer.Consumer.PollAsync(TimeSpan.FromSeconds(5)).AsTask()));
        Assert.Equal(["0", "4"], records.Select(record => record.Value));
        Assert.Equal(0, consumer.Consumer.Lag(partition));
        var committed = _broker.Await(consumer.Run(async () =>
        {
            await consumer.Consumer.CommitAsync(new Dictionary<TopicPartition, OffsetAndMetadata> { [partition] = new(1, -1, "note") });
            return await consumer.Consumer.CommittedAsync([partition, new("t", 1)]);
        }));
        Assert.Equal((1, "note"), (Assert.Single(committed).Value.Offset, committed[partition].Metadata));
        consumer.Close();

        var next = new GroupConsumer(_broker);
        next.Consumer.Assign([partition]);
        Assert.Equal(
            ["4"], _broker.Await(next.Run(() => next.Consumer.PollAsync(TimeSpan.FromSeconds(5)).AsTask())).Select(record => record.Value));
        next.Close();
    }

    [Fact]
    public void A_consumer_that_unsubscribes_commits_leaves_and_can_subscribe_again()
    {
        Send(8);
        var first = new GroupConsumer(_broker).Start("t");
        var second = new GroupConsumer(_broker).Start("t");
        Settle();
        first.Stop();
        first.Unsubscribe();
        Settle();
        Assert.Equal([0, 1, 2, 3], second.Partitions);
        Assert.Empty(first.Consumer.Assigned);
        Assert.Empty(first.Consumer.Subscription);
        Assert.StartsWith("-", first.Events[^1], StringComparison.Ordinal);
        Assert.Equal(Sent(), first.Read.Concat(second.Read).Order(StringComparer.Ordinal));

        second.Close();
        Send(4);
        first.Stops = false;
        first.Start("t");
        Settle();
        Assert.Equal(["10", "11", "8", "9"], first.Read.TakeLast(4).Order(StringComparer.Ordinal));
        first.Close();
    }

    [Fact]
    public void A_member_that_is_not_to_leave_when_it_closes_stays_until_its_session_ends()
    {
        var first = new GroupConsumer(_broker, ("internal.leave.group.on.close", "false")).Start("t");
        var second = new GroupConsumer(_broker).Start("t");
        Settle();
        first.Close();
        _broker.Time.AdvanceMs(5000);
        Assert.Equal(2, second.Partitions.Count());
        Settle();
        Assert.Equal([0, 1, 2, 3], second.Partitions);
        second.Close();
    }

    [Fact]
    public void Unsubscribing_gives_up_what_was_assigned_by_hand()
    {
        var consumer = new GroupConsumer(_broker);
        consumer.Consumer.Assign([new TopicPartition("t", 0)]);
        consumer.Unsubscribe();
        Assert.Empty(consumer.Consumer.Assigned);
        consumer.Start("t");
        Settle();
        Assert.Equal([0, 1, 2, 3], consumer.Partitions);
        consumer.Close();
    }

    [Fact]
    public void A_member_that_closes_during_a_rebalance_loses_nothing_and_does_not_hold_the_others_up()
    {
        Send(8);
        var first = new GroupConsumer(_broker).Start("t");
        Settle();
        var second = new GroupConsumer(_broker).Start("t");
        _broker.Time.AdvanceMs(20);
        second.Close();
        Settle();
        Assert.Equal([0, 1, 2, 3], first.Partitions);
        Send(4);
        Settle();
        Assert.Equal(Sent(), first.Read.Concat(second.Read).Order(StringComparer.Ordinal));
        first.Close();
    }

    [Fact]
    public void Unsubscribing_during_a_rebalance_leaves_the_group()
    {
        var first = new GroupConsumer(_broker).Start("t");
        Settle();
        var second = new GroupConsumer(_broker);
        second.Consumer.Subscribe(["t"]);
        second.PollOnce(milliseconds: 5);
        second.Unsubscribe();
        Settle();
        Assert.Equal([0, 1, 2, 3], first.Partitions);
        Assert.Empty(second.Consumer.Assigned);
        first.Close();
    }

    [Fact]
    public void A_handler_that_is_too_slow_loses_its_partitions_but_no_record()
    {
        Send(8);
        var slow = new GroupConsumer(_broker, ("max.poll.interval.ms", "6000"), ("enable.auto.commit", "false"));
        slow.Consumer.Subscribe(["t"], slow);
        slow.PollOnce(milliseconds: 1000);
        slow.PollOnce(milliseconds: 1000);
        var read = slow.Read.Count;
        Assert.True(read > 0);
        var other = new GroupConsumer(_broker).Start("t");
        Settle();
        Assert.Equal([0, 1, 2, 3], other.Partitions);
        Assert.Equal(Sent(), other.Read.Order(StringComparer.Ordinal));
        slow.PollOnce(milliseconds: 1000);
        Assert.Contains(slow.Events, heard => heard.StartsWith('!'));
        other.Close();
    }

    [Fact]
    public void An_assignor_of_the_applications_own_shares_out()
    {
        var first = new GroupConsumer(_broker, config => config with { PartitionAssignors = [new AllToTheLast()] }).Start("t");
        var second = new GroupConsumer(_broker, config => config with { PartitionAssignors = [new AllToTheLast()] }).Start("t");
        Settle();
        Assert.Equal([0, 4], ((int[])[first.Partitions.Count(), second.Partitions.Count()]).Order());
        first.Close();
        second.Close();
    }

    [Fact]
    public void A_loop_that_is_left_early_loses_nothing()
    {
        Send(8);
        var consumer = new GroupConsumer(_broker);
        consumer.Consumer.Assign([new TopicPartition("t", 0)]);
        Task<string> First() => consumer.Run(async () =>
        {
            await foreach (var record in consumer.Consumer.ConsumeAsync())
            {
                return record.Value!;
            }

            throw new InvalidOperationException("There is no end.");
        });
        Assert.Equal("0", _broker.Await(First()));
        Assert.Equal("4", _broker.Await(First()));
        consumer.Close();
    }

    [Fact]
    public void Without_a_group_id_there_is_no_group()
    {
        var consumer = new KafkaConsumer<string?, string?>(
            new ConsumerConfig { BootstrapServers = GroupBroker.Bootstrap }, Serdes.String, Serdes.String, _network);
        Assert.Throws<InvalidOperationException>(() => consumer.Subscribe(["t"]));
        Assert.Throws<InvalidOperationException>(() => { _ = consumer.CommitAsync(); });
    }

    [Fact]
    public void A_topic_that_is_made_after_it_was_subscribed_is_read_within_the_retry_backoff()
    {
        var first = new GroupConsumer(_broker, ("allow.auto.create.topics", "false")).Start("later");
        var second = new GroupConsumer(_broker, ("allow.auto.create.topics", "false")).Start("later");
        Settle();
        Assert.Empty(first.Partitions.Concat(second.Partitions));
        _broker.Await(_loop.InvokeAsync(async () =>
        {
            await using var admin = new AdminClient(new AdminConfig { BootstrapServers = GroupBroker.Bootstrap }, _network);
            (await admin.CreateTopicsAsync([new NewTopic("later") { Partitions = 2, ReplicationFactor = 1 }]))[0].ThrowIfFailed();
        }));

        // retry.backoff.max.ms, and a rebalance, which waits for the heartbeat of the other member.
        _broker.Time.AdvanceMs(6_000);
        Assert.Equal([0, 1], first.Partitions.Concat(second.Partitions).Order());
        first.Close();
        second.Close();
    }

    /// <summary>Gives everything to one member.</summary>
    private sealed class AllToTheLast : IPartitionAssignor
    {
        public string Name => "all-to-the-last";

        public bool IsCooperative => false;

        public byte[]? UserData(IReadOnlyList<TopicPartition> owned, int generation) => null;

        public IReadOnlyDictionary<string, IReadOnlyList<TopicPartition>> Assign(
            IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyList<SubscribedMember> members) =>
            members.ToDictionary(
                member => member.MemberId,
                member => (IReadOnlyList<TopicPartition>)(member.MemberId == members[^1].MemberId
                    ? [.. partitionCounts.SelectMany(topic => Enumerable.Range(0, topic.Value).Select(p => new TopicPartition(topic.Key, p)))]
                    : []));
    }
}
