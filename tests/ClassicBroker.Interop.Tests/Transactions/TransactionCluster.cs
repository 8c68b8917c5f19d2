using System.Diagnostics;
using ClassicBroker.Client;
using ClassicBroker.Cluster.Tests;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Interop.Tests.Transactions;

/// <summary>
/// Three brokers, each a process, whose internal topics have three replicas: open ones on our ZooKeeper, secured ones on Apache's. One test
/// owns it.
/// </summary>
internal sealed class TransactionCluster : IAsyncDisposable
{
    private const int Size = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly ClusterSecurity _security;
    private readonly SingleZooKeeper _zooKeeper;
    private readonly KafkaServerProcess[] _brokers;

    private TransactionCluster(ClusterSecurity security, SingleZooKeeper zooKeeper, KafkaServerProcess[] brokers) =>
        (_security, _zooKeeper, _brokers) = (security, zooKeeper, brokers);

    public IReadOnlyList<KafkaServerProcess> Brokers => _brokers;

    public string BootstrapServers => string.Join(',', _brokers.Select(broker => broker.BootstrapServers));

    /// <summary>What clients get in with.</summary>
    public ClientCredentials Client => _security.Client;

    public static async Task<TransactionCluster> StartAsync(ScratchDirectory scratch, SecurityProfile profile = SecurityProfile.Open)
    {
        var security = ClusterSecurity.Of(profile, scratch);
        var zooKeeper = await SingleZooKeeper.StartAsync(security, scratch.File("zookeeper"));
        KafkaServerProcess[] brokers =
        [
            .. Enumerable.Range(0, Size).Select(id => security.Secure(new KafkaServerProcess(
                scratch.File($"broker-{id}"),
                zooKeeper.ConnectString,
                id,
                new Dictionary<string, string>
                {
                    // Short, so that failovers come soon; a start on a busy machine takes longer.
                    ["zookeeper.session.timeout.ms"] = "4000",
                    ["zookeeper.connection.timeout.ms"] = "30000",
                    ["replica.lag.time.max.ms"] = "4000",
                    ["replica.fetch.backoff.ms"] = "200",
                    ["default.replication.factor"] = "3",
                    ["min.insync.replicas"] = "2",
                    ["offsets.topic.replication.factor"] = "3",
                    ["offsets.topic.num.partitions"] = "3",
                    ["transaction.state.log.replication.factor"] = "3",
                    ["transaction.state.log.min.isr"] = "2",
                    ["transaction.state.log.num.partitions"] = "3",
                    ["transaction.abort.timed.out.transaction.cleanup.interval.ms"] = "1000",
                }))),
        ];
        var cluster = new TransactionCluster(security, zooKeeper, brokers);
        try
        {
            foreach (var broker in brokers)
            {
                broker.Launch();
            }

            foreach (var broker in brokers)
            {
                await broker.Process.WaitForAsync($"[KafkaServer id={broker.BrokerId}] started", TimeSpan.FromSeconds(60));
            }

            await Acquaintance.AwaitAsync([.. brokers.Select(broker => broker.BootstrapServers)], security.Client.Arguments());
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }

        return cluster;
    }

    public async Task CreateTopicsAsync(ClientNetwork network, int partitions, params string[] topics)
    {
        await using var admin = OpenAdmin(network);
        foreach (var created in await admin.CreateTopicsAsync(
            [.. topics.Select(topic => new NewTopic(topic) { Partitions = partitions, ReplicationFactor = Size })]))
        {
            created.ThrowIfFailed();
        }
    }

    public AdminClient OpenAdmin(ClientNetwork network) => new(new AdminConfig { BootstrapServers = BootstrapServers }.As(Client), network);

    /// <summary>The broker that is the controller now.</summary>
    public async Task<KafkaServerProcess> ControllerAsync(ClientNetwork network)
    {
        await using var admin = OpenAdmin(network);
        var described = await admin.DescribeClusterAsync();
        return _brokers[Math.Max(0, described.ControllerId)];
    }

    /// <summary>Ends when every replica of these topics is in sync. A broker that has just started does not know of them yet.</summary>
    public async Task AwaitInSyncAsync(ClientNetwork network, params string[] topics)
    {
        await using var admin = OpenAdmin(network);
        var since = Stopwatch.StartNew();
        while (!(await admin.DescribeTopicsAsync(topics)).All(topic => topic.Failure is null && topic.Partitions.All(partition => partition.Isr.Count == Size)))
        {
            Assert.True(since.Elapsed < Patience, "the restarted broker does not catch up");
            await Task.Delay(500);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var broker in _brokers)
        {
            await broker.DisposeAsync();
        }

        await _zooKeeper.DisposeAsync();
        _security.Dispose();
    }
}
