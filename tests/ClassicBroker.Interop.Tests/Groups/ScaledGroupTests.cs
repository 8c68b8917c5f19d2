using ClassicBroker.Client;
using ClassicBroker.Cluster.Tests;
using ClassicBroker.Interop.Tests.Transactions;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Interop.Tests.Groups;

/// <summary>
/// A group in a cluster of three that grows from one member to eight and shrinks to three while its coordinator and another broker are
/// killed. While each of them is down, a member joins, one leaves, one crashes, and a static one crashes and returns under its id. Every
/// message is handed out, no partition has two owners in a generation, no committed offset goes back.
/// </summary>
public sealed class ScaledGroupTests
{
    private const string Topic = "scaled";
    private const string Group = "scaled-group";
    private const int Partitions = 12;
    private const int OffsetsPartitions = 3;
    private const int Wave = 200;

    /// <summary>The numbers of our static members.</summary>
    private const int OursFirst = 3;
    private const int OursSecond = 7;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(150);

    /// <summary>All that ever were members; those that still are.</summary>
    private readonly List<GroupMemberProcess> _members = [];
    private readonly List<GroupMemberProcess> _present = [];
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
            Join(New(cluster, 0, isCooperative));
            await SendUntilSeenAsync(cluster, network, () => true);
            while (_members.Count < 8)
            {
                Join(New(cluster, _members.Count, isCooperative));
            }

            await SendUntilSeenAsync(cluster, network, () => _members.All(member => member.Messages.Any()));
            var coordinator = await CoordinatorAsync(cluster, network);
            var joined = await KillAndRestartAsync(coordinator, leaving: _members[5], crashing: _members[6], OursFirst);
            await KillAndRestartAsync((coordinator + 1) % cluster.Brokers.Count, leaving: joined, crashing: _members[1], OursSecond);
            foreach (var (index, member) in _present.Skip(3).Index().ToList())
            {
                // Every other one says that it leaves.
                await (index % 2 == 0 ? CrashAsync(member) : LeaveAsync(member));
            }

            await SendUntilSeenAsync(cluster, network, () => true);
            foreach (var member in _present.ToList())
            {
                await LeaveAsync(member);
            }

            var history = await GroupHistory.ReadAsync(cluster.Brokers[0], Group, OffsetsPartitions);
            history.Verify();
            var staticIds = history.Generations.SelectMany(generation => generation.InstanceIds).ToHashSet(StringComparer.Ordinal);
            Assert.Superset(new HashSet<string> { $"ours-{OursFirst}", $"ours-{OursSecond}" }, staticIds);
        }
        finally
        {
            foreach (var member in _members)
            {
                await member.DisposeAsync();
            }
        }

        async Task<GroupMemberProcess> KillAndRestartAsync(
            int broker, GroupMemberProcess leaving, GroupMemberProcess crashing, int returning)
        {
            await cluster.Brokers[broker].KillAsync();
            var joined = Join(Ours(cluster, isCooperative));
            await CrashAsync(crashing);
            await CrashAsync(_members[returning]);
            var returned = Join(New(cluster, returning, isCooperative));
            await LeaveAsync(leaving);
            await SendUntilSeenAsync(cluster, network, () => joined.Messages.Any() && returned.Messages.Any());
            await cluster.Brokers[broker].StartAsync();
            await cluster.AwaitInSyncAsync(network, Topic, "__consumer_offsets");
            return joined;
        }
    }

    private GroupMemberProcess Join(GroupMemberProcess member)
    {
        _members.Add(member);
        _present.Add(member);
        return member;
    }

    private Task LeaveAsync(GroupMemberProcess member)
    {
        _present.Remove(member);
        return member.LeaveAsync();
    }

    private Task CrashAsync(GroupMemberProcess member)
    {
        _present.Remove(member);
        return member.KillAsync();
    }

    /// <summary>Members of all clients in turn; cooperative ones of those that know how, some of them static.</summary>
    private static GroupMemberProcess New(TransactionCluster cluster, int number, bool isCooperative)
    {
        var (bootstrap, client) = (cluster.BootstrapServers, cluster.Client);
        return (isCooperative, number % 4) switch
        {
            (_, OursFirst) => Ours(cluster, isCooperative, $"ours-{number}"),
            (true, 0) => GroupMemberProcess.Confluent(bootstrap, Group, Topic, "cooperative-sticky", $"static-{number}", client),
            (true, 2) => GroupMemberProcess.Confluent(bootstrap, Group, Topic, "cooperative-sticky", client: client),
            (true, _) => Ours(cluster, isCooperative),
            (false, 0) => GroupMemberProcess.KafkaPython(cluster.Brokers[0].BootstrapServers, Group, Topic, client),
            (false, 1) => GroupMemberProcess.Confluent(bootstrap, Group, Topic, "roundrobin", client: client),
            _ => GroupMemberProcess.KafkaJs(cluster.Brokers[1].BootstrapServers, Group, Topic, client),
        };
    }

    private static GroupMemberProcess Ours(TransactionCluster cluster, bool isCooperative, string? instanceId = null) =>
        GroupMemberProcess.Ours(
            cluster.BootstrapServers,
            Group,
            Topic,
            isCooperative ? "CooperativeStickyAssignor" : "RoundRobinAssignor",
            instanceId,
            cluster.Client);

    private static async Task<int> CoordinatorAsync(TransactionCluster cluster, ClientNetwork network)
    {
        await using var admin = cluster.OpenAdmin(network);
        return (await admin.DescribeGroupAsync(Group)).Coordinator.Id;
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
            Assert.All(_present, member => Assert.False(member.HasExited, Tail(member.Output)));
            if (isEnough())
            {
                return;
            }
        }
    }

    private static string Tail(string output) => string.Join('\n', output.Split('\n').TakeLast(15));
}
