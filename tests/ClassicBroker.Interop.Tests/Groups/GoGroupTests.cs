using ClassicBroker.Client;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests.Groups;

/// <summary>Groups of sarama and of segmentio's kafka-go: members come, leave and crash, and every message is handed out.</summary>
[Collection(SingleBrokerCollection.Name)]
public sealed class GoGroupTests(SingleBrokerFixture cluster)
{
    private const int Partitions = 6;
    private const int Wave = 100;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private int _sent;

    [Theory]
    [InlineData("group_sarama", "github.com/Shopify/sarama")]
    [InlineData("group_segmentio", "github.com/segmentio/kafka-go")]
    public async Task Members_on_a_go_client_share_a_group(string driver, string package)
    {
        Assert.SkipUnless(GoMember.CanBuild(package), $"{package} and Go are not installed");
        using var scratch = new ScratchDirectory();
        var program = await GoMember.BuildAsync(scratch, driver);
        var (topic, group) = (cluster.NewTopic(driver), cluster.NewTopic("group"));
        await using (var admin = new AdminClient(new AdminConfig { BootstrapServers = cluster.BootstrapServers }))
        {
            (await admin.CreateTopicsAsync([new NewTopic(topic) { Partitions = Partitions, ReplicationFactor = 1 }]))[0].ThrowIfFailed();
        }

        await using var first = Member(program, group, topic);
        await SendAsync(topic);
        await first.AssignedAsync();
        await using var second = Member(program, group, topic);
        await using var third = Member(program, group, topic);
        await SendUntilAsync(topic, [first, second, third], () => second.Messages.Any() && third.Messages.Any());
        await second.KillAsync();
        await SendAsync(topic);
        await SendUntilAsync(topic, [first, second, third], () => true);
        await third.LeaveAsync();
        await SendAsync(topic);
        await SendUntilAsync(topic, [first, second, third], () => true);
        await first.LeaveAsync();
        (await GroupHistory.ReadAsync(cluster.Broker, group)).Verify();
    }

    private GroupMemberProcess Member(string program, string group, string topic) =>
        new(ChildProcess.Start(program, [cluster.BootstrapServers, group, topic]));

    private async Task SendAsync(string topic)
    {
        await using var producer = new KafkaProducer<string, string>(
            ProducerConfig.ForReliability(cluster.BootstrapServers), Serdes.String, Serdes.String);
        for (var i = 0; i < Wave; i++, _sent++)
        {
            await producer.ProduceAsync(topic, $"key-{_sent}", $"{_sent}");
        }
    }

    /// <summary>Sends waves until all that was sent has been handed out and what else is waited for has come.</summary>
    private async Task SendUntilAsync(string topic, GroupMemberProcess[] members, Func<bool> isEnough)
    {
        var until = DateTime.UtcNow + Limit;
        while (true)
        {
            var seen = members.SelectMany(member => member.Messages).Select(message => message.Value).ToHashSet(StringComparer.Ordinal);
            var missing = Enumerable.Range(0, _sent).Where(number => !seen.Contains($"{number}")).ToList();
            if (missing.Count == 0 && isEnough())
            {
                return;
            }

            Assert.True(
                DateTime.UtcNow < until,
                $"{missing.Count} of {_sent} messages were not handed out.\n{string.Join("\n---\n", members.Select(member => member.Output))}");
            await Task.Delay(TimeSpan.FromMilliseconds(500));
            if (missing.Count == 0)
            {
                await SendAsync(topic);
            }
        }
    }
}
