using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Transport;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Server.Tests.Quotas;

/// <summary>Quotas set by request or in ZooKeeper, and what they do to answers and connections.</summary>
public sealed class QuotaEnforcementTests
{
    private readonly InProcessBroker _broker = new();

    [Fact]
    public void A_producer_over_its_limit_is_told_and_not_read_from_for_that_long()
    {
        Set(user: null, client: "p", ("producer_byte_rate", 1_000));
        var client = _broker.Connect("p");
        client.CreateTopic("t");
        var request = BrokerClient.ProduceRequestOf("t", 0, 1, BrokerClient.Batch(new string('v', 20_000)));
        var answer = client.Ask<ProduceRequest, ProduceResponse>(request, 8);
        Assert.Equal(ErrorCode.None, answer.Responses[0].PartitionResponses[0].ErrorCode);

        // Some 20100 bytes in an assumed 10 s are 2010 a second: (2010 - 1000) / 1000 * 10 s.
        Assert.InRange(answer.ThrottleTimeMs, 10_000, 10_200);
        client.Send(new MetadataRequest { Topics = [] }, 8);
        _broker.Time.AdvanceMs(answer.ThrottleTimeMs - 1);
        Assert.Null(client.TakeFrame());
        _broker.Time.AdvanceMs(2);
        Assert.NotNull(client.TakeFrame());
    }

    [Fact]
    public void A_producer_that_wants_no_answer_is_held_back_too()
    {
        Set(user: null, client: "p", ("producer_byte_rate", 1_000));
        var client = _broker.Connect("p");
        client.CreateTopic("t");
        client.Send(BrokerClient.ProduceRequestOf("t", 0, 0, BrokerClient.Batch(new string('v', 20_000))), 8);
        client.Send(new MetadataRequest { Topics = [] }, 8);
        Assert.Null(client.TakeFrame());
        _broker.Time.AdvanceMs(10_500);
        Assert.NotNull(client.TakeFrame());
    }

    [Fact]
    public void A_consumer_over_its_limit_gets_nothing_until_it_may()
    {
        var client = _broker.Connect("c");
        client.CreateTopic("t");
        for (var i = 0; i < 3; i++)
        {
            client.Produce("t", 0, 1, new string('v', 4_000));
        }

        Set(user: null, client: "c", ("consumer_byte_rate", 1_000));
        Assert.Equal(0, client.Fetch("t", 0, 0).ThrottleTimeMs);
        var throttled = client.Fetch("t", 0, 0);
        Assert.InRange(throttled.ThrottleTimeMs, 1, 60_000);
        Assert.Empty(throttled.Responses);
        client.Send(BrokerClient.FetchRequestOf("t", 0, 0), 11);
        Assert.Null(client.TakeFrame());
        _broker.Time.AdvanceMs(throttled.ThrottleTimeMs);
        Assert.NotNull(client.TakeFrame());
        _broker.Time.AdvanceMs(12_000);
        Assert.NotEmpty(client.Fetch("t", 0, 0).Responses);
    }

    [Fact]
    public void A_fetch_brings_no_more_than_all_windows_allow()
    {
        var client = _broker.Connect("c");
        client.CreateTopic("t");
        for (var i = 0; i < 10; i++)
        {
            client.Produce("t", 0, 1, new string('v', 4_000));
        }

        Set(user: null, client: "c", ("consumer_byte_rate", 1_000));
        Assert.InRange(client.Fetch("t", 0, 0).Responses[0].Partitions[0].Records.Length, 1, 10_000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Bytes_hold_within_a_tenth_over_ten_windows(bool isProducer)
    {
        const int limit = 50_000;
        var client = _broker.Connect("c");
        client.CreateTopic("t", 1, ("retention.ms", "-1"));
        for (var i = 0; i < 20; i++)
        {
            client.Produce("t", 0, 1, new string('v', 4_000));
        }

        Set(user: null, client: "c", ("producer_byte_rate", limit), ("consumer_byte_rate", limit));
        var moved = new List<(long AtMs, long Bytes)>();
        var start = _broker.Time.GetUtcNow();
        while (NowMs() < 120_000)
        {
            var (bytes, throttleMs) = isProducer ? Produce(client) : Fetch(client);
            moved.Add((NowMs(), bytes));

            // The next request comes at once, and is read when the broker reads the connection again.
            _broker.Time.AdvanceMs(Math.Max(1, throttleMs));
        }

        for (var from = 15_000; from <= 110_000; from += 1_000)
        {
            Assert.InRange(RateIn(from, from + 10_000), 0, limit * 1.1);
        }

        Assert.InRange(RateIn(0, 120_000), limit * 0.9, limit * 1.1);

        double RateIn(int fromMs, int toMs) =>
            moved.Where(one => one.AtMs >= fromMs && one.AtMs < toMs).Sum(one => one.Bytes) / ((toMs - fromMs) / 1_000.0);

        long NowMs() => (long)(_broker.Time.GetUtcNow() - start).TotalMilliseconds;
    }

    private static (long Bytes, int ThrottleMs) Produce(BrokerClient client)
    {
        var request = BrokerClient.ProduceRequestOf("t", 0, 1, BrokerClient.Batch(new string('v', 4_000)));
        return (4_000, client.Ask<ProduceRequest, ProduceResponse>(request, 8).ThrottleTimeMs);
    }

    private static (long Bytes, int ThrottleMs) Fetch(BrokerClient client)
    {
        var answer = client.Fetch("t", 0, 0, maxBytes: 4_000);
        return (answer.Responses.Sum(topic => (long)topic.Partitions.Sum(partition => partition.Records.Length)), answer.ThrottleTimeMs);
    }

    [Theory]
    [InlineData(10, 0)]
    [InlineData(4.8, 417)]
    [InlineData(1, 1_000)]
    public void A_client_that_keeps_threads_busy_is_told_and_not_read_from_for_that_long(double percent, int throttleMs)
    {
        var clock = new BusyClock(_broker.Time);
        _broker.NetworkClock = clock;
        _broker.Stop();
        _broker.Start();
        var client = _broker.Connect("busy");
        client.CreateTopic("t");
        Set(user: null, client: "busy", ("request_percentage", percent));

        // Half a second of one thread is 5 percent of an assumed 10 s: (5 - 4.8) / 4.8 * 10 s, and one window at most.
        _broker.Files.Before = (operation, _) =>
        {
            if (operation == FileOperation.Write)
            {
                clock.Busy += TimeSpan.FromMilliseconds(500);
                _broker.Files.Before = null;
            }
        };
        var answer = client.Ask<ProduceRequest, ProduceResponse>(
            BrokerClient.ProduceRequestOf("t", 0, 1, BrokerClient.Batch("v")), 8);
        Assert.Null(_broker.Files.Before);
        Assert.Equal((ErrorCode.None, throttleMs), (answer.Responses[0].PartitionResponses[0].ErrorCode, answer.ThrottleTimeMs));

        client.Send(new MetadataRequest { Topics = [] }, 8);
        Assert.Equal(throttleMs == 0, client.TakeFrame() is not null);
        _broker.Time.AdvanceMs(throttleMs + 1);
        Assert.Equal(throttleMs > 0, client.TakeFrame() is not null);
        Assert.Equal(0, _broker.Connect("other").Ask<MetadataRequest, MetadataResponse>(new() { Topics = [] }, 8).ThrottleTimeMs);
    }

    /// <summary>Half a second of one thread is 5 percent of an assumed 10 s: (5 - 4.8) / 4.8 * 10 s.</summary>
    [Theory]
    [InlineData(500, 417)]
    [InlineData(400, 0)]
    public void Time_that_a_network_thread_takes_for_a_client_holds_its_next_request_back(int networkMs, int throttleMs)
    {
        var clock = new BusyClock(_broker.Time);
        _broker.NetworkClock = clock;
        _broker.Stop();
        _broker.Start();
        var client = _broker.Connect("busy");
        client.Channel.Pipeline.AddFirst(new CostlyReceive(clock, TimeSpan.FromMilliseconds(networkMs)));
        Set(user: null, client: "busy", ("request_percentage", 4.8));

        Assert.Equal(0, client.Ask<MetadataRequest, MetadataResponse>(new() { Topics = [] }, 8).ThrottleTimeMs);
        Assert.Equal(throttleMs, client.Ask<MetadataRequest, MetadataResponse>(new() { Topics = [] }, 8).ThrottleTimeMs);
        client.Send(new MetadataRequest { Topics = [] }, 8);
        Assert.Equal(throttleMs == 0, client.TakeFrame() is not null);
    }

    [Fact]
    public void A_limit_that_is_removed_holds_no_client_back()
    {
        Set(user: null, client: "p", ("producer_byte_rate", 1));
        Set(user: null, client: "p", ("producer_byte_rate", null));
        var client = _broker.Connect("p");
        client.CreateTopic("t");
        Assert.Equal(0, client.Ask<ProduceRequest, ProduceResponse>(
            BrokerClient.ProduceRequestOf("t", 0, 1, BrokerClient.Batch("v")), 8).ThrottleTimeMs);
    }

    [Fact]
    public void Limits_last_over_a_restart_and_follow_ZooKeeper()
    {
        Set(user: "ANONYMOUS", client: "p", ("producer_byte_rate", 1));
        _broker.Stop();
        _broker.Start();
        var client = _broker.Connect("p");
        client.CreateTopic("t");
        var request = BrokerClient.ProduceRequestOf("t", 0, 1, BrokerClient.Batch("v"));
        Assert.True(client.Ask<ProduceRequest, ProduceResponse>(request, 8).ThrottleTimeMs > 0);
        _broker.ZooKeeper.Put("/config/users/ANONYMOUS/clients/p", """{"version":1,"config":{"producer_byte_rate":"1000000"}}""");
        _broker.ZooKeeper.Put(
            "/config/changes/config_change_0000000099", """{"version":2,"entity_path":"users/ANONYMOUS/clients/p"}""");
        _broker.Time.RunUntilIdle();
        Assert.Equal(0, _broker.Connect("p").Ask<ProduceRequest, ProduceResponse>(request, 8).ThrottleTimeMs);
    }

    [Theory]
    [InlineData(6, ErrorCode.ThrottlingQuotaExceeded)]
    [InlineData(5, ErrorCode.None)]
    public void Topics_beyond_the_mutation_rate_are_refused_or_held_back_by_version(short version, ErrorCode error)
    {
        Set(user: "ANONYMOUS", client: null, ("controller_mutation_rate", 1));
        var client = _broker.Connect();
        client.CreateTopic("first", partitions: 12);

        // The connection before is held back for the twelfth partition of eleven.
        var response = _broker.Connect().Ask<CreateTopicsRequest, CreateTopicsResponse>(
            new() { TimeoutMs = 1_000, Topics = [new() { Name = "second", NumPartitions = 5, ReplicationFactor = 1 }] }, version);
        Assert.Equal(error, response.Topics[0].ErrorCode);
        Assert.True(response.ThrottleTimeMs > 0);
    }

    [Fact]
    public void Topics_that_are_made_because_they_are_asked_for_count_as_mutations_and_are_made_all_the_same()
    {
        _broker.Properties["num.partitions"] = "12";
        _broker.Properties["offsets.topic.num.partitions"] = "30";
        _broker.Stop();
        _broker.Start();
        Set(user: "ANONYMOUS", client: null, ("controller_mutation_rate", 1));

        var asked = _broker.Connect().Ask<MetadataRequest, MetadataResponse>(
            new() { Topics = [new() { Name = "t" }], AllowAutoTopicCreation = true }, 8);
        Assert.Equal(0, asked.ThrottleTimeMs);
        Assert.Equal(1_000, ThrottleMsOfNextCreation());

        var found = _broker.Connect().Ask<FindCoordinatorRequest, FindCoordinatorResponse>(new() { CoordinatorKeys = ["g"] }, 4);
        Assert.Equal((ErrorCode.None, 0), (found.Coordinators[0].ErrorCode, found.ThrottleTimeMs));
        Assert.Equal(31_000, ThrottleMsOfNextCreation());

        int ThrottleMsOfNextCreation()
        {
            var refused = _broker.Connect().Ask<CreateTopicsRequest, CreateTopicsResponse>(
                new() { TimeoutMs = 1_000, Topics = [new() { Name = "more", NumPartitions = 1, ReplicationFactor = 1 }] }, 6);
            Assert.Equal(ErrorCode.ThrottlingQuotaExceeded, refused.Topics[0].ErrorCode);
            return refused.ThrottleTimeMs;
        }
    }

    [Fact]
    public void What_a_request_names_twice_is_done_in_its_order_and_answered_once()
    {
        var answer = _broker.Connect("admin").Ask<AlterClientQuotasRequest, AlterClientQuotasResponse>(
            new()
            {
                Entries =
                [
                    Change([("user", "a"), ("client-id", "c")], ("producer_byte_rate", 1)),
                    Change([("user", "b")], ("producer_byte_rate", 2), ("producer_byte_rate", 3)),
                    Change([("client-id", "x"), ("user", "a"), ("client-id", "c")], ("producer_byte_rate", 4), ("consumer_byte_rate", 5)),
                ],
            },
            1);
        Assert.Equal(
            ["client-id=c,user=a", "user=b"],
            answer.Entries.Select(entry => string.Join(',', entry.Entity.Select(part => $"{part.EntityType}={part.EntityName}").Order())));
        Assert.All(answer.Entries, entry => Assert.Equal(ErrorCode.None, entry.ErrorCode));
        Assert.Contains("\"consumer_byte_rate\":\"5\"", _broker.ZooKeeper.Text("/config/users/a/clients/c"));
        Assert.Contains("\"producer_byte_rate\":\"4\"", _broker.ZooKeeper.Text("/config/users/a/clients/c"));
        Assert.Contains("\"producer_byte_rate\":\"3\"", _broker.ZooKeeper.Text("/config/users/b"));
    }

    private static AlterClientQuotasRequest.EntryData Change(
        (string Type, string Name)[] entity, params (string Key, double Value)[] quotas) =>
        new()
        {
            Entity = [.. entity.Select(part => new AlterClientQuotasRequest.EntityData { EntityType = part.Type, EntityName = part.Name })],
            Ops = [.. quotas.Select(quota => new AlterClientQuotasRequest.OpData { Key = quota.Key, Value = quota.Value })],
        };

    private void Set(string? user, string? client, params (string Key, double? Value)[] quotas)
    {
        var entity = new List<AlterClientQuotasRequest.EntityData>();
        if (user is not null)
        {
            entity.Add(new() { EntityType = "user", EntityName = user });
        }

        if (client is not null)
        {
            entity.Add(new() { EntityType = "client-id", EntityName = client });
        }

        var response = _broker.Connect("admin").Ask<AlterClientQuotasRequest, AlterClientQuotasResponse>(
            new()
            {
                Entries =
                [
                    new()
                    {
                        Entity = [.. entity],
                        Ops =
                        [
                            .. quotas.Select(quota => new AlterClientQuotasRequest.OpData
                            {
                                Key = quota.Key,
                                Value = quota.Value ?? 0,
                                Remove = quota.Value is null,
                            }),
                        ],
                    },
                ],
            },
            1);
        Assert.Equal(ErrorCode.None, response.Entries[0].ErrorCode);
        _broker.Time.RunUntilIdle();
    }

    /// <summary>Receiving a client's first bytes takes a network thread its time.</summary>
    private sealed class CostlyReceive(BusyClock clock, TimeSpan cost) : TransportHandler
    {
        public override void ChannelRead(IChannelHandlerContext context, object message)
        {
            clock.Busy += cost;
            cost = TimeSpan.Zero;
            context.FireChannelRead(message);
        }
    }

    /// <summary>A clock that also counts what a thread was busy for while the others stood still.</summary>
    private sealed class BusyClock(ManualTime time) : TimeProvider
    {
        public TimeSpan Busy { get; set; }

        public override long TimestampFrequency => time.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow();

        public override long GetTimestamp() => time.GetTimestamp() + Busy.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            time.CreateTimer(callback, state, dueTime, period);
    }
}
