using System.Globalization;
using System.Text.RegularExpressions;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>
/// How long a partition cannot be written to while brokers fail and stop. The limits are those the cluster is built for. On a machine that
/// does other things beside they are widened by <see cref="Allowance"/>, and still tell what waits for a session from what does not;
/// <c>scripts/test.sh Cluster --long</c> allows nothing.
/// </summary>
public sealed partial class FailoverGapTests : IDisposable
{
    private static readonly TimeSpan Session = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Allowance = TimeSpan.FromMilliseconds(
        int.Parse(Environment.GetEnvironmentVariable("CLASSICBROKER_GAP_ALLOWANCE_MS") ?? "2500", CultureInfo.InvariantCulture));

    private readonly ScratchDirectory _scratch = new();

    [Fact]
    public async Task A_partition_is_without_a_leader_no_longer_than_failures_must_take()
    {
        await using var cluster = await ThreeBrokers.StartAsync(_scratch);
        await cluster.CreateTopicAsync("load");
        await using var gaps = await WriteGaps.StartAsync(cluster.BootstrapServers, "load");

        await AssertGapAsync(cluster, gaps, "controlled shutdown of the leader", TimeSpan.FromMilliseconds(200), async () =>
        {
            var leader = await cluster.LeaderAsync("load");
            Assert.Equal(0, await leader.StopAsync());
            return leader;
        });
        await AssertGapAsync(cluster, gaps, "kill of the leader", Session + TimeSpan.FromSeconds(0.5), () => KillLeaderAsync(cluster, isController: false));
        await AssertGapAsync(cluster, gaps, "kill of the leader that is the controller", Session + TimeSpan.FromSeconds(1), () => KillLeaderAsync(cluster, isController: true));
    }

    /// <summary>Of partitions it had no replica of.</summary>
    [Fact]
    public async Task The_end_of_the_controller_does_not_stop_the_data_path()
    {
        await using var cluster = await ThreeBrokers.StartAsync(_scratch);
        var controller = await cluster.ControllerAsync();
        var others = cluster.Brokers.Where(broker => broker != controller).Select(broker => broker.BrokerId);
        await Tool.RunAsync(
            "kafka-topics.sh", "--bootstrap-server", cluster.BootstrapServers, "--create", "--topic", "load",
            "--replica-assignment", string.Join(':', others));
        await using var gaps = await WriteGaps.StartAsync(cluster.BootstrapServers, "load");
        await AssertGapAsync(
            cluster, gaps, "kill of the controller", TimeSpan.FromMilliseconds(500),
            async () =>
            {
                await controller.KillAsync();
                await cluster.AnotherControllerAsync(controller);
                return controller;
            },
            isReplica: false);
    }

    /// <summary>What Kafka 2.2.2 does not: its second life finds the znode of the first, and exits.</summary>
    [Fact]
    public async Task A_broker_killed_and_started_within_its_session_rejoins_by_itself()
    {
        await using var cluster = await ThreeBrokers.StartAsync(_scratch);
        await cluster.CreateTopicAsync("load");
        await using var gaps = await WriteGaps.StartAsync(cluster.BootstrapServers, "load");
        foreach (var broker in cluster.Brokers)
        {
            await gaps.TakeLongestAsync();
            var registration = Created().Match(await cluster.ZnodeAsync($"/brokers/ids/{broker.BrokerId}")).Value;
            Assert.NotEmpty(registration);
            await broker.KillAsync();
            broker.Launch();
            Assert.Contains(registration, await cluster.ZnodeAsync($"/brokers/ids/{broker.BrokerId}"), StringComparison.Ordinal);
            await broker.WaitUntilStartedAsync();
            Assert.DoesNotContain(registration, await cluster.ZnodeAsync($"/brokers/ids/{broker.BrokerId}"), StringComparison.Ordinal);
            await cluster.WaitUntilInSyncAsync("load");
            AssertWithin("kill and start within the session", Session + TimeSpan.FromSeconds(1), await gaps.TakeLongestAsync());
        }
    }

    private static async Task<KafkaServerProcess> KillLeaderAsync(ThreeBrokers cluster, bool isController)
    {
        var leader = await cluster.LeaderAsync("load", isController);
        await Task.Delay(Rest);
        await leader.KillAsync();
        return leader;
    }

    /// <summary>Measures around an action, whose broker is started again afterwards.</summary>
    private static async Task AssertGapAsync(
        ThreeBrokers cluster, WriteGaps gaps, string what, TimeSpan limit, Func<Task<KafkaServerProcess>> act, bool isReplica = true)
    {
        await Task.Delay(Rest);
        await gaps.TakeLongestAsync();
        var gone = await act();
        if (isReplica)
        {
            await cluster.AnotherLeaderAsync("load", gone);
        }

        await Task.Delay(Rest);
        var gap = await gaps.TakeLongestAsync();
        AssertWithin(what, limit, gap);
        await gone.StartAsync();
        await cluster.WaitUntilInSyncAsync("load");
    }

    private static void AssertWithin(string what, TimeSpan limit, TimeSpan gap)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: {gap.TotalMilliseconds} ms, at most {limit.TotalMilliseconds}");
        Assert.True(gap <= limit + Allowance, $"{what}: no record was acknowledged for {gap}, at most {limit} and {Allowance} are allowed.");
    }

    [GeneratedRegex("cZxid = .*")]
    private static partial Regex Created();

    public void Dispose() => _scratch.Dispose();
}
