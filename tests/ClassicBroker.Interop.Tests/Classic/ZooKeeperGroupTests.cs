using ClassicBroker.Client;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests.Classic;

/// <summary>
/// A group of our ZooKeeper consumers over <c>/consumers</c>, each in a process: members join, leave and are killed, and the topic grows. Every
/// message is handed out, and Kafka's checker of such groups finds their owners and offsets.
/// </summary>
[Collection(SingleBrokerCollection.Name)]
public sealed class ZooKeeperGroupTests(SingleBrokerFixture cluster)
{
    private const int Wave = 60;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private int _sent;

    [Fact]
    public async Task Members_share_partitions_through_crashes_and_growth_and_lose_nothing()
    {
        var (topic, group) = (cluster.NewTopic("zookeeper-group"), cluster.NewTopic("g"));
        await using var admin = new AdminClient(new AdminConfig { BootstrapServers = cluster.BootstrapServers });
        (await admin.CreateTopicsAsync([new NewTopic(topic) { Partitions = 4, ReplicationFactor = 1 }]))[0].ThrowIfFailed();
        await SendAsync(topic);
        await using var first = await MemberAsync(group, topic);
        await UntilAllAreReadAsync([first]);
        await using var second = await MemberAsync(group, topic, streams: 2);
        await using var third = await MemberAsync(group, topic);
        await SendUntilAsync(topic, [first, second, third], () => second.Messages.Any() && third.Messages.Any());

        await second.KillAsync();
        await SendUntilAsync(topic, [first, second, third], () => true);

        (await admin.CreatePartitionsAsync(topic, 6)).ThrowIfFailed();
        await SendUntilAsync(
            topic,
            [first, second, third],
            () => first.Messages.Concat(third.Messages).Select(message => message.Partition).Distinct().Count() == 6);

        Assert.Equal(0, await third.LeaveAsync());
        await SendUntilAsync(topic, [first, second, third], () => true);
        await CheckOffsetsAsync(group, topic);
        Assert.Equal(0, await first.LeaveAsync());
    }

    private Task<ZooKeeperMemberProcess> MemberAsync(string group, string topic, int streams = 1) =>
        ZooKeeperMemberProcess.StartAsync(cluster.ZooKeeperConnect, group, topic, streams);

    private async Task SendAsync(string topic)
    {
        await using var producer = new KafkaProducer<string, string>(
            new ProducerConfig { BootstrapServers = cluster.BootstrapServers, MetadataMaxAge = TimeSpan.FromSeconds(1) },
            Serdes.String,
            Serdes.String);
        for (var i = 0; i < Wave; i++, _sent++)
        {
            await producer.ProduceAsync(topic, $"key-{_sent}", $"{_sent}");
        }
    }

    private async Task SendUntilAsync(string topic, ZooKeeperMemberProcess[] members, Func<bool> isEnough)
    {
        var until = DateTime.UtcNow + Limit;
        do
        {
            await SendAsync(topic);
            await UntilAllAreReadAsync(members);
            Assert.True(DateTime.UtcNow < until, string.Join("\n---\n", members.Select(member => member.Output)));
        }
        while (!isEnough());
    }

    private async Task UntilAllAreReadAsync(ZooKeeperMemberProcess[] members)
    {
        var until = DateTime.UtcNow + Limit;
        while (true)
        {
            var seen = members.SelectMany(member => member.Messages).Select(message => message.Value).ToHashSet(StringComparer.Ordinal);
            var missing = Enumerable.Range(0, _sent).Count(number => !seen.Contains($"{number}"));
            if (missing == 0)
            {
                return;
            }

            Assert.True(
                DateTime.UtcNow < until,
                $"{missing} of {_sent} messages were not handed out.\n{string.Join("\n---\n", members.Select(member => member.Output))}");
            await Task.Delay(TimeSpan.FromMilliseconds(200));
        }
    }

    /// <summary>All six partitions have the one member that is left, and offsets come up to the end within a commit's interval.</summary>
    private async Task CheckOffsetsAsync(string group, string topic)
    {
        var until = DateTime.UtcNow + Limit;
        while (true)
        {
            var checkedOffsets = (await ChildProcess.RunAsync(
                RepositoryLayout.Script("kafka-run-class.sh"),
                ["kafka.tools.ConsumerOffsetChecker", "--zookeeper", cluster.ZooKeeperConnect, "--group", group, "--topic", topic])).RequireSuccess();
            var rows = checkedOffsets.Text.Split('\n').Where(line => line.StartsWith(group, StringComparison.Ordinal))
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
            Assert.Equal(6, rows.Count);
            if (rows.All(row => row[5] == "0"))
            {
                Assert.All(rows, row => Assert.Matches($"^{group}_.+-[0-9]+-[0-9a-f]{{8}}-0$", row[6]));
                return;
            }

            Assert.True(DateTime.UtcNow < until, checkedOffsets.Text);
            await Task.Delay(TimeSpan.FromMilliseconds(300));
        }
    }
}
