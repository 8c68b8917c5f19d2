using System.Globalization;
using ClassicBroker.Client;
using ClassicBroker.Client.Classic;

namespace ClassicBroker.TestHost.Tests;

/// <summary>A cluster in this process, as an application's own tests use it.</summary>
public sealed class TestKafkaTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static KafkaConsumer<string?, string?> NewConsumer(TestKafka kafka, string group) => new(
        ConsumerConfig.FromProperties(new Dictionary<string, string>
        {
            ["bootstrap.servers"] = kafka.BootstrapServers,
            ["group.id"] = group,
            ["auto.offset.reset"] = "earliest",
        }),
        Serdes.String,
        Serdes.String);

    /// <summary>The producer of 0.8, which may ask for acknowledgements of a number of replicas.</summary>
    private static ClassicProducer<string?, string?> NewCountingProducer(TestKafka kafka, int acks) => new(
        ClassicProducerConfig.FromProperties(new Dictionary<string, string>
        {
            ["metadata.broker.list"] = kafka.BootstrapServers,
            ["request.required.acks"] = acks.ToString(CultureInfo.InvariantCulture),
            ["message.send.max.retries"] = "20",
        }),
        Serdes.String,
        Serdes.String);

    /// <summary>The leader of partition 0. The broker that is asked may hear of a new topic a moment later than the one that made it.</summary>
    private static async Task<int> LeaderAsync(AdminClient admin, string topic)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            if ((await admin.DescribeTopicsAsync([topic], cancellation: patience.Token))[0] is { Failure: null, Partitions: [{ Leader: >= 0 and var leader }, ..] })
            {
                return leader;
            }

            await Task.Delay(50, patience.Token);
        }
    }

    /// <summary>Ends when the broker that is asked knows of these, the one that was started again among them.</summary>
    private static async Task NodesAsync(AdminClient admin, IEnumerable<int> expected)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!(await admin.DescribeClusterAsync(patience.Token)).Nodes.Select(node => node.Id).Order().SequenceEqual(expected))
        {
            await Task.Delay(50, patience.Token);
        }
    }

    private static async Task<List<string?>> ReadAsync(KafkaConsumer<string?, string?> consumer, int count)
    {
        using var patience = new CancellationTokenSource(Patience);
        List<string?> values = [];
        await foreach (var record in consumer.ConsumeAsync(patience.Token))
        {
            values.Add(record.Value);
            if (values.Count == count)
            {
                break;
            }
        }

        return values;
    }

    [Fact]
    public async Task One_broker_takes_records_and_gives_them_to_a_group()
    {
        await using var kafka = await TestKafka.StartAsync();
        await using var producer = new KafkaProducer<string?, string?>(
            ProducerConfig.ForReliability(kafka.BootstrapServers), Serdes.String, Serdes.String);
        await producer.ProduceAsync("orders", "1", "paid");
        await producer.ProduceAsync("orders", "1", "sent");
        await using var consumer = NewConsumer(kafka, "billing");
        consumer.Subscribe(["orders"]);
        Assert.Equal(["paid", "sent"], await ReadAsync(consumer, 2));
    }

    [Fact]
    public async Task Three_brokers_keep_records_while_one_is_stopped_and_started_again()
    {
        await using var kafka = await TestKafka.StartAsync(brokers: 3);
        await using var admin = new AdminClient(new AdminConfig { BootstrapServers = kafka.BootstrapServers });
        (await admin.CreateTopicsAsync([new NewTopic("orders") { Partitions = 1, ReplicationFactor = 3 }]))[0].ThrowIfFailed();
        var leader = await LeaderAsync(admin, "orders");
        await using var producer = new KafkaProducer<string?, string?>(
            ProducerConfig.ForReliability(kafka.BootstrapServers), Serdes.String, Serdes.String);
        await producer.ProduceAsync("orders", "1", "before");
        await using (var counting = NewCountingProducer(kafka, acks: 2))
        {
            await counting.SendAsync(new KeyedMessage<string?, string?>("orders", "1", "at two"));
        }

        await kafka.StopBrokerAsync(leader);
        await producer.ProduceAsync("orders", "1", "without");
        await kafka.StartBrokerAsync(leader);
        await producer.ProduceAsync("orders", "1", "after");
        await using var consumer = NewConsumer(kafka, "billing");
        consumer.Subscribe(["orders"]);
        Assert.Equal(["before", "at two", "without", "after"], await ReadAsync(consumer, 4));
        await NodesAsync(admin, kafka.BrokerIds);
    }

    /// <summary>In one request, and in one after another.</summary>
    [Fact]
    public async Task Nine_topics_of_one_partition_give_each_of_three_brokers_three_leaderships()
    {
        await using var kafka = await TestKafka.StartAsync(brokers: 3);
        await using var admin = new AdminClient(new AdminConfig { BootstrapServers = kafka.BootstrapServers });
        foreach (var created in await admin.CreateTopicsAsync([.. Enumerable.Range(0, 9).Select(number => NewTopicOf($"at-once-{number}"))]))
        {
            created.ThrowIfFailed();
        }

        await AssertThreeEachAsync("at-once");
        for (var number = 0; number < 9; number++)
        {
            (await admin.CreateTopicsAsync([NewTopicOf($"in-turn-{number}")]))[0].ThrowIfFailed();
        }

        await AssertThreeEachAsync("in-turn");

        static NewTopic NewTopicOf(string name) => new(name) { Partitions = 1, ReplicationFactor = 2 };

        async Task AssertThreeEachAsync(string prefix)
        {
            var leaders = new List<int>();
            for (var number = 0; number < 9; number++)
            {
                leaders.Add(await LeaderAsync(admin, $"{prefix}-{number}"));
            }

            Assert.Equal([3, 3, 3], kafka.BrokerIds.Select(id => leaders.Count(leader => leader == id)));
        }
    }

    [Fact]
    public async Task Clusters_beside_each_other_do_not_meet_and_leave_no_files()
    {
        string[] folders;
        await using (var one = await TestKafka.StartAsync())
        await using (var other = await TestKafka.StartAsync())
        {
            await using var producer = new KafkaProducer<string?, string?>(
                ProducerConfig.ForReliability(one.BootstrapServers), Serdes.String, Serdes.String);
            await producer.ProduceAsync("orders", "1", "paid");
            await using var admin = new AdminClient(new AdminConfig { BootstrapServers = other.BootstrapServers });
            Assert.Empty(await admin.ListTopicsAsync());
            Assert.NotEqual(one.ZooKeeperConnect, other.ZooKeeperConnect);
            folders = [one.Folder, other.Folder];
            Assert.All(folders, folder => Assert.True(Directory.Exists(folder)));
        }

        Assert.All(folders, folder => Assert.False(Directory.Exists(folder)));
    }

    [Fact]
    public async Task A_property_of_the_test_replaces_its_default()
    {
        await using var kafka = await TestKafka.StartAsync(
            properties: new Dictionary<string, string> { ["num.partitions"] = 7.ToString(CultureInfo.InvariantCulture) });
        await using var admin = new AdminClient(new AdminConfig { BootstrapServers = kafka.BootstrapServers });
        (await admin.CreateTopicsAsync([new NewTopic("orders")]))[0].ThrowIfFailed();
        Assert.Equal(7, (await admin.DescribeTopicsAsync(["orders"]))[0].Partitions.Count);
    }
}
