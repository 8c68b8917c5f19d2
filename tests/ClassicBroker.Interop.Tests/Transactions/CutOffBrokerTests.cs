using System.Diagnostics;
using System.Text.RegularExpressions;
using ClassicBroker.Cluster.Tests.Lab;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests.Transactions;

/// <summary>
/// A broker that clients reach, and neither the other brokers nor ZooKeeper do, leads a partition of an open transaction and coordinates it.
/// Readers wait no longer than the transaction timeout and ten seconds all the same, and what is left open counts for nothing once the
/// broker is back.
/// </summary>
public sealed partial class CutOffBrokerTests : IDisposable
{
    private const string Topic = "t";
    private const string Id = "cut";

    private static readonly TimeSpan TransactionTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The timeout, the sweep that looks for transactions past it, and ten seconds.</summary>
    private static readonly TimeSpan Limit = TransactionTimeout + TimeSpan.FromSeconds(1 + 10);

    private readonly ScratchDirectory _scratch = new();

    [Fact]
    public async Task Readers_do_not_wait_for_a_leader_and_coordinator_that_is_cut_off()
    {
        await using var cluster = await FaultyCluster.StartAsync(_scratch, new Dictionary<string, string>
        {
            ["transaction.state.log.replication.factor"] = "3",
            ["transaction.state.log.min.isr"] = "2",
            ["transaction.state.log.num.partitions"] = "1",
            ["offsets.topic.replication.factor"] = "3",
            ["offsets.topic.num.partitions"] = "1",
            ["transaction.abort.timed.out.transaction.cleanup.interval.ms"] = "1000",
        });
        await using var producer = new TalkingProducer(
            cluster.BootstrapServers, Topic, Id, TransactionTimeout, cluster.Network.AmongClients);
        await producer.DoAsync("open a");
        var victim = await CoordinatorAsync(cluster);
        int[] others = [.. Enumerable.Range(0, FaultyCluster.Size).Where(id => id != victim)];
        await cluster.ToolAsync(
            "kafka-topics.sh", "--bootstrap-server", cluster.BootstrapServers, "--create", "--topic", Topic,
            "--replica-assignment", $"{victim}:{others[0]}:{others[1]},{others[0]}:{others[1]}:{victim}");
        await cluster.WaitUntilInSyncAsync(Topic, 2);
        await producer.DoAsync("begin a", "send a 0 4");
        string[] elsewhere = [.. others.Select(id => cluster.Brokers[id].BootstrapServers)];
        Assert.Equal(2, await OpenAsync(cluster, elsewhere));

        foreach (var host in Enumerable.Range(0, 2 * FaultyCluster.Size).Where(host => host != victim))
        {
            await cluster.Network.CutAsync(host, victim);
            await cluster.Network.CutAsync(victim, host);
        }

        var since = Stopwatch.StartNew();
        while (await OpenAsync(cluster, elsewhere) > 0)
        {
            Assert.True(since.Elapsed < Limit, $"a transaction is open after {since.Elapsed}");
        }

        Assert.True(since.Elapsed < Limit, $"{since.Elapsed}");
        Assert.True(await cluster.Network.HealAsync() > 0, "nothing was cut");
        await cluster.WaitUntilInSyncAsync(Topic, 2);
        await cluster.WaitUntilInSyncAsync("__transaction_state", 1);
        Assert.StartsWith("error _FENCED fatal=True", await producer.AskAsync("commit a"), StringComparison.Ordinal);
        Assert.Equal("ok", await producer.AskAsync("read committed"));
    }

    public void Dispose() => _scratch.Dispose();

    private static async Task<int> CoordinatorAsync(FaultyCluster cluster)
    {
        var described = await cluster.ToolAsync(
            "kafka-transactions.sh", "--bootstrap-server", cluster.BootstrapServers, "describe", "--transactional-id", Id);
        return int.Parse(FirstNumber().Match(described).Value);
    }

    /// <summary>
    /// How many partitions have an open transaction, by the word of brokers that are not cut off; each of them is asked for as long as it does
    /// not know a leader.
    /// </summary>
    private static async Task<int> OpenAsync(FaultyCluster cluster, string[] brokers)
    {
        var open = 0;
        for (var partition = 0; partition < 2; partition++)
        {
            var described = await cluster.Network.RunAmongClientsAsync(
                RepositoryLayout.Script("kafka-transactions.sh"),
                [
                    "--bootstrap-server", string.Join(',', brokers), "describe-producers", "--topic", Topic, "--partition", $"{partition}",
                ]);
            open += described.ExitCode == 0 && Closed().IsMatch(described.Text) ? 0 : 1;
        }

        return open;
    }

    [GeneratedRegex(@"(?m)^\d+")]
    private static partial Regex FirstNumber();

    /// <summary>A row of a producer that ends with the start of no transaction.</summary>
    [GeneratedRegex(@"(?m)^\d+.*\bNone\s*$")]
    private static partial Regex Closed();
}
