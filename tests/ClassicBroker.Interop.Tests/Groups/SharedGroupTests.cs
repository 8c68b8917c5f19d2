using System.Text;
using System.Text.RegularExpressions;
using ClassicBroker.Client;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests.Groups;

/// <summary>
/// Clients we did not write share one group: they join, leave and crash while messages come. Every message is handed out at least once; the
/// coordinator's own records say that no partition had two owners and no commit went back.
/// </summary>
public abstract class SharedGroupTests(IGroupCluster cluster)
{
    private const int Wave = 200;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private int _sent;

    [Fact]
    public async Task Python_librdkafka_node_and_kcat_share_a_group_of_eager_members()
    {
        var (topic, group) = (await CreateAsync("shared"), cluster.NewTopic("eager"));
        await using var python = GroupMemberProcess.KafkaPython(cluster.BootstrapServers, group, topic, client: cluster.Client);
        await python.AssignedAsync();
        await SendAsync(topic);
        await using var confluent = GroupMemberProcess.Confluent(cluster.BootstrapServers, group, topic, "roundrobin", client: cluster.Client);
        await using var node = GroupMemberProcess.KafkaJs(cluster.BootstrapServers, group, topic, client: cluster.Client);
        await using var kcat = GroupMemberProcess.Kcat(cluster.BootstrapServers, group, topic, client: cluster.Client);
        await confluent.AssignedAsync();
        await node.AssignedAsync();
        await kcat.AssignedAsync();
        await SendAsync(topic);
        await confluent.KillAsync();
        await SendAsync(topic);
        await node.LeaveAsync();
        await SendAsync(topic);

        await AllSeenAsync(python, confluent, node, kcat);
        await python.LeaveAsync();
        await kcat.LeaveAsync();
        (await GroupHistory.ReadAsync(cluster.Broker, group)).Verify();
    }

    [Fact]
    public async Task Members_that_rebalance_cooperatively_keep_what_they_can()
    {
        var (topic, group) = (await CreateAsync("cooperative"), cluster.NewTopic("sticky"));
        await using var first = Cooperative(group, topic);
        await first.AssignedAsync();
        await SendAsync(topic);
        await using var second = Cooperative(group, topic);
        await using var third = Cooperative(group, topic);
        await second.AssignedAsync();
        await third.AssignedAsync();
        await SendAsync(topic);
        await second.KillAsync();
        await SendAsync(topic);

        await AllSeenAsync(first, second, third);
        await third.LeaveAsync();
        await first.LeaveAsync();
        (await GroupHistory.ReadAsync(cluster.Broker, group)).Verify();
    }

    [Fact]
    public async Task A_static_member_that_crashes_and_returns_in_time_costs_no_generation()
    {
        var (topic, group) = (await CreateAsync("static"), cluster.NewTopic("instances"));
        await using var first = GroupMemberProcess.Confluent(cluster.BootstrapServers, group, topic, "range", "one", client: cluster.Client);
        await first.AssignedAsync();
        await using var second = GroupMemberProcess.Confluent(cluster.BootstrapServers, group, topic, "range", "two", client: cluster.Client);
        await second.AssignedAsync();
        await SendAsync(topic);
        await second.KillAsync();
        var before = (await GroupHistory.ReadAsync(cluster.Broker, group)).Generations.Max(generation => generation.Generation);
        await using var again = GroupMemberProcess.Confluent(cluster.BootstrapServers, group, topic, "range", "two", client: cluster.Client);
        await again.AssignedAsync();
        await SendAsync(topic);

        await AllSeenAsync(first, second, again);
        var history = await GroupHistory.ReadAsync(cluster.Broker, group);
        history.Verify();
        Assert.Equal(before, history.Generations.Max(generation => generation.Generation));
        await first.LeaveAsync();
        await again.LeaveAsync();
    }

    /// <summary>As with Kafka, a consumer that sets nothing begins at the end: it gets what is sent once it is there.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_two_programs_of_every_tutorial_find_each_other_whichever_starts_first(bool consumerFirst)
    {
        var (topic, group) = (cluster.NewTopic("tutorial"), cluster.NewTopic("tutorial-group"));
        if (!consumerFirst)
        {
            await RunProducerAsync();
        }

        await using var consumer = Newcomer("newcomer_group_consumer.py", topic, group);
        await CommittedAsync(consumer, topic, group, consumerFirst ? 0 : 100);
        await RunProducerAsync();
        await consumer.WaitForAsync("message number 99", Limit);
        Assert.Equal(
            Enumerable.Range(0, 100).Select(number => $"message number {number}"),
            consumer.Output.Split('\n').Where(line => line.StartsWith("message", StringComparison.Ordinal)));

        async Task RunProducerAsync()
        {
            await using var producer = Newcomer("newcomer_producer.py", topic);
            Assert.Equal(0, await producer.WaitForExitAsync(Limit));
        }
    }

    [Fact]
    public async Task The_console_consumer_goes_on_where_its_group_left_off()
    {
        var (topic, group) = (await CreateAsync("console"), cluster.NewTopic("console-group"));
        await SendAsync(topic);
        var first = await ConsoleAsync(topic, group, 75);
        var second = await ConsoleAsync(topic, group, Wave - 75);

        Assert.Equal(
            Enumerable.Range(0, Wave).Select(number => $"{number}").Order(StringComparer.Ordinal),
            first.Concat(second).Order(StringComparer.Ordinal));
        (await GroupHistory.ReadAsync(cluster.Broker, group)).Verify();
    }

    private async Task<string[]> ConsoleAsync(string topic, string group, int count)
    {
        var outcome = (await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-console-consumer.sh"),
            [
                "--bootstrap-server", cluster.BootstrapServers, "--topic", topic, "--group", group, "--from-beginning",
                "--max-messages", $"{count}", "--timeout-ms", "20000", .. cluster.Client.Arguments("--consumer.config"),
            ])).RequireSuccess();
        return Encoding.UTF8.GetString(outcome.StandardOutput).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private GroupMemberProcess Cooperative(string group, string topic) =>
        GroupMemberProcess.Confluent(cluster.BootstrapServers, group, topic, "cooperative-sticky", client: cluster.Client);

    private ChildProcess Newcomer(string program, params string[] arguments) =>
        ChildProcess.Start(
            "/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "Clients", program), cluster.BootstrapServers, .. arguments],
            cluster.Client.Environment);

    /// <summary>A member that commits on its own says so where it begins.</summary>
    private async Task CommittedAsync(ChildProcess member, string topic, string group, int offset)
    {
        var row = new Regex($@"^{group} +{topic} +0 +{offset} ", RegexOptions.Multiline);
        for (var until = DateTime.UtcNow + Limit; ; await Task.Delay(TimeSpan.FromMilliseconds(200)))
        {
            var described = await ChildProcess.RunAsync(
                RepositoryLayout.Script("kafka-consumer-groups.sh"),
                ["--bootstrap-server", cluster.BootstrapServers, "--describe", "--group", group, .. cluster.Client.Arguments()]);
            if (row.IsMatch(described.Text))
            {
                return;
            }

            Assert.True(DateTime.UtcNow < until, $"{offset} is not committed:\n{described.Text}\n{Tail(member.Output)}");
        }
    }

    private async Task<string> CreateAsync(string purpose)
    {
        var topic = cluster.NewTopic(purpose);
        (await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-topics.sh"),
            [
                "--bootstrap-server", cluster.BootstrapServers, "--create", "--topic", topic,
                "--partitions", "12", "--replication-factor", $"{cluster.ReplicationFactor}", .. cluster.Client.Arguments(),
            ]))
            .RequireSuccess();
        return topic;
    }

    private async Task SendAsync(string topic)
    {
        await using var producer = new KafkaProducer<string, string>(
            ProducerConfig.FromProperties([KeyValuePair.Create("bootstrap.servers", cluster.BootstrapServers), .. cluster.Client.Properties]),
            Serdes.String,
            Serdes.String);
        for (var i = 0; i < Wave; i++, _sent++)
        {
            await producer.ProduceAsync(topic, $"key-{_sent}", $"{_sent}");
        }
    }

    private async Task AllSeenAsync(params GroupMemberProcess[] members)
    {
        var until = DateTime.UtcNow + Limit;
        while (true)
        {
            var seen = members.SelectMany(member => member.Messages).Select(message => message.Value).ToHashSet(StringComparer.Ordinal);
            var missing = Enumerable.Range(0, _sent).Select(number => $"{number}").Where(value => !seen.Contains(value)).ToList();
            if (missing.Count == 0)
            {
                return;
            }

            Assert.True(
                DateTime.UtcNow < until,
                $"{missing.Count} messages were not handed out, such as {missing[0]}.\n"
                + string.Join("\n---\n", members.Select(member => Tail(member.Output))));
            await Task.Delay(TimeSpan.FromMilliseconds(200));
        }
    }

    private static string Tail(string output) => string.Join('\n', output.Split('\n').TakeLast(20));
}
