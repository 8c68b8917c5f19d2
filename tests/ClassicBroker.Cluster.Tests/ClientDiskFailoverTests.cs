using ClassicBroker.Cluster.Tests.Lab;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>
/// kcat, kafka-python and kafkajs where the leader's disk is full, where its power is cut, and where the leader is moved away: each finds
/// the next leader by itself. <see cref="ClientFailoverTests"/> has the ways that need no disk.
/// </summary>
public sealed class ClientDiskFailoverTests : IAsyncDisposable
{
    private const string Topic = "t";
    private const int DiskMegabytes = 256;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly ScratchDirectory _scratch = new();
    private readonly List<LoopDisk> _disks = [];

    [Fact]
    public async Task Kcat_kafka_python_and_kafkajs_find_the_next_leader_of_a_full_or_dead_disk_and_of_a_moved_replica()
    {
        for (var id = 0; id < 3; id++)
        {
            _disks.Add(await LoopDisk.CreateAsync(_scratch.File($"broker-{id}/data"), DiskMegabytes));
        }

        await using var cluster = await ThreeBrokers.StartAsync(_scratch);
        await cluster.CreateTopicAsync(Topic);
        await using var clients = await ForeignClients.StartAsync(cluster, Topic, _scratch);

        var full = await cluster.LeaderAsync(Topic);
        await _disks[full.BrokerId].FillAsync();
        Assert.Equal(1, await full.Process.WaitForExitAsync(Patience));
        await cluster.AnotherLeaderAsync(Topic, full);
        await clients.AssertAllHeardAsync("the leader's disk is full");
        _disks[full.BrokerId].Free();
        await full.StartAsync();
        await cluster.WaitUntilInSyncAsync(Topic);

        var cut = await cluster.LeaderAsync(Topic);
        _disks[cut.BrokerId].CutPower();
        await cut.KillAsync();
        await cluster.AnotherLeaderAsync(Topic, cut);
        await clients.AssertAllHeardAsync("the power of the leader's disk is cut");
        await _disks[cut.BrokerId].RestorePowerAsync();
        await cut.StartAsync();
        await cluster.WaitUntilInSyncAsync(Topic);

        var moved = await cluster.LeaderAsync(Topic);
        await ReassignAsync(cluster, cluster.Brokers.Where(broker => broker != moved));
        await cluster.AnotherLeaderAsync(Topic, moved);
        await ThreeBrokers.UntilAsync(() => Task.FromResult(!HasReplica(moved)), "the replica to be gone");
        await clients.AssertAllHeardAsync("the leader has no replica any more");
        await ReassignAsync(cluster, cluster.Brokers);
        await cluster.MoveLeadershipAsync(Topic, moved);
        await clients.AssertAllHeardAsync("it has one again, and leads");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var disk in _disks)
        {
            await disk.DisposeAsync();
        }

        _scratch.Dispose();
    }

    private static bool HasReplica(KafkaServerProcess broker) => Directory.Exists(Path.Combine(broker.DataDirectory, $"{Topic}-0"));

    private async Task ReassignAsync(ThreeBrokers cluster, IEnumerable<KafkaServerProcess> brokers)
    {
        var plan = _scratch.File("plan.json");
        var ids = string.Join(',', brokers.Select(broker => broker.BrokerId));
        await File.WriteAllTextAsync(plan, $$"""{"version":1,"partitions":[{"topic":"{{Topic}}","partition":0,"replicas":[{{ids}}]}]}""");
        await cluster.ToolAsync("kafka-reassign-partitions.sh", "--reassignment-json-file", plan, "--execute");
        await ThreeBrokers.UntilAsync(
            async () => (await cluster.ToolAsync("kafka-reassign-partitions.sh", "--list")).StartsWith("No ", StringComparison.Ordinal),
            $"the move to {ids}");
    }
}
