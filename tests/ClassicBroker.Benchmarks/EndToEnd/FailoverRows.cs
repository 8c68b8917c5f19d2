using System.Globalization;
using ClassicBroker.Client;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>How long nothing can be written with acks=all while a cluster of three loses a broker, beside what it cannot do without.</summary>
internal static class FailoverRows
{
    private const int SessionTimeoutMs = 6_000;

    private static readonly Dictionary<string, string> Settings = new()
    {
        ["zookeeper.session.timeout.ms"] = SessionTimeoutMs.ToString(CultureInfo.InvariantCulture),
        ["min.insync.replicas"] = "2",
    };

    public static Task<string[]> LeaderKilledAsync() => MeasureAsync(leaderControls: false, victim => victim.KillAsync(), endsSession: true);

    public static Task<string[]> LeaderAndControllerKilledAsync() =>
        MeasureAsync(leaderControls: true, victim => victim.KillAsync(), endsSession: true);

    public static Task<string[]> ControlledShutdownAsync() =>
        MeasureAsync(leaderControls: false, victim => victim.StopAsync(), endsSession: false);

    /// <summary>Of a partition that the controller does not hold: its limit is what the same writes wait for while nothing happens.</summary>
    public static async Task<string[]> ControllerKilledAsync()
    {
        await using var cluster = await BenchmarkCluster.StartAsync(Settings, brokers: 3);
        List<double> gaps = [], quiet = [];
        for (var repeat = 0; repeat < Math.Min(BenchmarkTable.Repeats, 3); repeat++)
        {
            var controller = await ControllerAsync(cluster);
            var topic = await cluster.CreateTopicAsync([[.. Others(controller)]]);
            quiet.Add(await QuietGapMsAsync(cluster, topic));
            gaps.Add(await new WriteProbe(cluster.Brokers, topic).GapMsAsync(() => KillAndAwaitSuccessorAsync(cluster, controller)));
            await cluster.Brokers[controller].StartAsync();
        }

        return Cells(gaps, QuietLimit(quiet));
    }

    /// <param name="leaderControls">Is the leader the controller too?</param>
    /// <param name="end">How the leader goes.</param>
    /// <param name="endsSession">Must its session time out before another leads?</param>
    private static async Task<string[]> MeasureAsync(bool leaderControls, Func<KafkaServerProcess, Task> end, bool endsSession)
    {
        await using var cluster = await BenchmarkCluster.StartAsync(Settings, brokers: 3);
        List<double> gaps = [], quiet = [];
        for (var repeat = 0; repeat < Math.Min(BenchmarkTable.Repeats, 3); repeat++)
        {
            var controller = await ControllerAsync(cluster);
            int[] others = [.. Others(controller)];
            int[] replicas = leaderControls ? [controller, .. others] : [others[0], controller, others[1]];
            var topic = await cluster.CreateTopicAsync([replicas]);
            var leader = cluster.Brokers[replicas[0]];
            if (!endsSession)
            {
                quiet.Add(await QuietGapMsAsync(cluster, topic));
            }

            gaps.Add(await new WriteProbe(cluster.Brokers, topic).GapMsAsync(() => end(leader)));
            await leader.StartAsync();
        }

        return Cells(gaps, endsSession ? $"{SessionTimeoutMs} ms session timeout" : QuietLimit(quiet));
    }

    private static Task<double> QuietGapMsAsync(BenchmarkCluster cluster, string topic) =>
        new WriteProbe(cluster.Brokers, topic).GapMsAsync(() => Task.Delay(SessionTimeoutMs));

    private static string QuietLimit(List<double> quiet) =>
        $"{BenchmarkTable.Number(BenchmarkTable.Median(quiet), "ms")} while nothing happens, {BenchmarkTable.Number(quiet.Max())} at most";

    private static string[] Cells(List<double> gaps, string limit) =>
        [$"{BenchmarkTable.Number(BenchmarkTable.Median(gaps), "ms")} without a write, {BenchmarkTable.Number(gaps.Max())} at most", limit, "", ""];

    private static IEnumerable<int> Others(int controller) => Enumerable.Range(0, 3).Where(id => id != controller);

    private static async Task KillAndAwaitSuccessorAsync(BenchmarkCluster cluster, int controller)
    {
        await cluster.Brokers[controller].KillAsync();
        while (await ControllerAsync(cluster) is var next && (next < 0 || next == controller))
        {
            await Task.Delay(50);
        }
    }

    private static async Task<int> ControllerAsync(BenchmarkCluster cluster)
    {
        await using var network = ClientNetwork.Open();
        await using var admin = new AdminClient(new AdminConfig { BootstrapServers = cluster.BootstrapServers }, network);
        return (await admin.DescribeClusterAsync()).ControllerId;
    }
}
