using ClassicBroker.Client;
using ClassicBroker.Cluster.Tests;
using ClassicBroker.Interop.Tests.Transactions;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Interop.Tests.Groups;

/// <summary>
/// A group in a cluster of three that grows from one member to eight and shrinks to three while its coordinator and another broker are
/// killed: every message is handed out, no partition has two owners in a generation, no committed offset goes back.
/// </summary>
public sealed class ScaledGroupTests
{
    private const string Topic = "scaled";
    private const string Group = "scaled-group";
    private const int Partitions = 12;
    private const int OffsetsPartitions = 3;
    private const int Wave = 200;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(150);

    private readonly List<GroupMemberProcess> _members = [];
    private int _sent;

    public static IEnumerable<object[]> Kinds { get; } = SecurityProfiles.With([false], [true]);

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_group_grows_to_eight_and_shrinks_to_three_while_brokers_are_killed(SecurityProfile profile, bool isCooperative)
    {
        using var scratch = new ScratchDirectory();
        await using var cluster = await TransactionCluster.StartAsync(scratch, profile);
        await using var network = ClientNetwork.Open();
        await cluster.CreateTopicsAsync(network, Partitions, Topic);
        try
        {
            Add(cluster, isCooperative);
            await SendUntilSeenAsync(cluster, network, () => true);
            while (_members.Count < 8)
            {
                Add(cluster, isCooperative);
            }

            await SendUntilSeenAsync(cluster, network, () => _members.All(member => member.Messages.Any()));
            var coordinator = await CoordinatorAsync(cluster, network);
            await KillAndRestartAsync(cluster, network, coordinator);
            await KillAndRestartAsync(cluster, network, (coordinator + 1) % cluster.Brokers.Count);
            foreach (var member in _members.Skip(3))
            {
                // Every other one says that it leaves.
                await (_members.IndexOf(member) % 2 == 0 ? member.KillAsync() : member.LeaveAsync());
            }

            await SendUntilSeenAsync(cluster, network, () => true);
            foreach (var member in _members.Take(3))
            {
                await member.LeaveAsync();
            }

            (await GroupHistory.ReadAsync(cluster.Brokers[0], Group, OffsetsPartitions)).Verify();
        }
        finally
        {
            foreach (var member in _members)
            {
                await member.DisposeAsync();
            }
        }
    }

    /// <summary>Members of all clients in turn; cooperative ones of those that know how, some of them static.</summary>
    private void Add(TransactionCluster cluster, bool isCooperative)
    {
        var (bootstrap, client) = (cluster.BootstrapServers, cluster.Client);
        var number = _members.Count;
        _members.Add((isCooperative, number % 4) switch
        {
            (true, 0) => GroupMemberProcess.Confluent(bootstrap, Group, Topic, "cooperative-sticky", $"static-{number}", client),
            (true, 2) => GroupMemberProcess.Confluent(bootstrap, Group, Topic, "cooperative-sticky", client: client),
            (true, _) => GroupMemberProcess.Ours(bootstrap, Group, Topic, "CooperativeStickyAssignor", client),
            (false, 0) => GroupMemberProcess.KafkaPython(cluster.Brokers[0].BootstrapServers, Group, Topic, client),
            (false, 1) => GroupMemberProcess.Confluent(bootstrap, Group, Topic, "roundrobin", client: client),
            (false, 2) => GroupMemberProcess.KafkaJs(cluster.Brokers[1].BootstrapServers, Group, Topic, client),
            _ => GroupMemberProcess.Ours(bootstrap, Group, Topic, "RoundRobinAssignor", client),
        });
    }

    private static async Task<int> CoordinatorAsync(TransactionCluster cluster, ClientNetwork network)
    {
        await using var admin = cluster.OpenAdmin(network);
        return (await admin.DescribeGroupAsync(Group)).Coordinator.Id;
    }

    private async Task KillAndRestartAsync(TransactionCluster cluster, ClientNetwork network, int broker)
    {
        await cluster.Brokers[broker].KillAsync();
        await SendUntilSeenAsync(cluster, network, () => true);
        await cluster.Brokers[broker].StartAsync();
        await cluster.AwaitInSyncAsync(network, Topic, "__consumer_offsets");
    }

    /// <summary>Sends waves until all that was sent has been handed out and what else is waited for has come.</summary>
    private async Task SendUntilSeenAsync(TransactionCluster cluster, ClientNetwork network, Func<bool> isEnough)
    {
        await using var producer = new KafkaProducer<string, string>(
            ProducerConfig.ForReliability(cluster.BootstrapServers).As(cluster.Client), Serdes.String, Serdes.String, network);
        var until = DateTime.UtcNow + Limit;
        while (true)
        {
            for (var i = 0; i < Wave; i++, _sent++)
            {
                await producer.SendAsync(new ProducerRecord<string, string>(Topic, $"key-{_sent}", $"{_sent}"));
            }

            await producer.FlushAsync();
            List<int> missing;
            do
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500));
                var seen = _members.SelectMany(member => member.Messages).Select(message => message.Value).ToHashSet(StringComparer.Ordinal);
                missing = [.. Enumerable.Range(0, _sent).Where(number => !seen.Contains($"{number}"))];
                Assert.True(
                    DateTime.UtcNow < until,
                    $"{missing.Count} of {_sent} messages were not handed out.\n"
                    + string.Join("\n---\n", _members.Select(member => Tail(member.Output))));
            }
            while (missing.Count > 0);
            if (isEnough())
            {
                return;
            }
        }
    }

    private static string Tail(string output) => string.Join('\n', output.Split('\n').TakeLast(15));
}
