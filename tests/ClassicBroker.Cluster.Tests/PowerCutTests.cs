using ClassicBroker.Cluster.Tests.Lab;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>
/// Brokers on disks whose power is cut, and on a disk that is full, under <c>acks=all</c> load: what was acknowledged is there, and brokers
/// come back by themselves once their disks are well.
/// </summary>
public sealed class PowerCutTests : IAsyncDisposable
{
    private const int DiskMegabytes = 256;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly ScratchDirectory _scratch = new();
    private readonly List<LoopDisk> _disks = [];

    [Fact]
    public async Task With_durability_fsync_a_power_cut_of_all_brokers_loses_nothing_that_was_acknowledged()
    {
        await using var cluster = await StartAsync(("durability", "fsync"));
        await using var load = await AckedLoad.StartAsync(cluster.BootstrapServers, "load", _scratch.File("acked"), idempotent: true);
        for (var cut = 0; cut < 2; cut++)
        {
            await load.WaitForMoreAsync(2000, Patience);
            _disks.ForEach(disk => disk.CutPower());
            await RestoreAsync(cluster, [0, 1, 2]);
            await cluster.WaitUntilInSyncAsync("load");
        }

        await Replicas.AssertWholeAsync(cluster, load, "load", idempotent: true);
    }

    /// <summary>Without syncs too: the others have what it lost, and it does not lead before it has that again.</summary>
    [Fact]
    public async Task A_power_cut_of_one_broker_costs_its_tail_and_nothing_that_was_acknowledged()
    {
        await using var cluster = await StartAsync();
        await using var load = await AckedLoad.StartAsync(cluster.BootstrapServers, "load", _scratch.File("acked"), idempotent: true);
        await load.WaitForMoreAsync(3000, Patience);
        var leader = await cluster.LeaderAsync("load");
        var bytes = ThreeBrokers.BytesOf(leader, "load-0").Length;
        _disks[leader.BrokerId].CutPower();
        await RestoreAsync(cluster, [leader.BrokerId], () => Assert.True(
            ThreeBrokers.BytesOf(leader, "load-0").Length < bytes, "The cut has cost nothing, and shows nothing."));
        await load.WaitForMoreAsync(1000, Patience);
        await cluster.WaitUntilInSyncAsync("load");
        await Replicas.AssertWholeAsync(cluster, load, "load", idempotent: true);
    }

    [Fact]
    public async Task A_leader_whose_disk_is_full_gives_way_and_comes_back_when_there_is_room()
    {
        await using var cluster = await StartAsync();
        await using var load = await AckedLoad.StartAsync(cluster.BootstrapServers, "load", _scratch.File("acked"), idempotent: true);
        await load.WaitForMoreAsync(500, Patience);
        var leader = await cluster.LeaderAsync("load");
        await _disks[leader.BrokerId].FillAsync();
        Assert.Equal(1, await leader.Process.WaitForExitAsync(Patience));
        Assert.Contains("No space left on device", leader.Process.Output, StringComparison.Ordinal);
        await load.WaitForMoreAsync(1000, Patience);

        _disks[leader.BrokerId].Free();
        await leader.StartAsync();
        await cluster.WaitUntilInSyncAsync("load");
        await Replicas.AssertWholeAsync(cluster, load, "load", idempotent: true);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var disk in _disks)
        {
            await disk.DisposeAsync();
        }

        _scratch.Dispose();
    }

    private async Task<ThreeBrokers> StartAsync(params (string Key, string Value)[] properties)
    {
        for (var id = 0; id < 3; id++)
        {
            _disks.Add(await LoopDisk.CreateAsync(_scratch.File($"broker-{id}/data"), DiskMegabytes));
        }

        var cluster = await ThreeBrokers.StartAsync(_scratch, properties: properties.ToDictionary(property => property.Key, property => property.Value));
        await cluster.CreateTopicAsync("load");
        return cluster;
    }

    /// <summary>The processes die with the power; then disks and processes are back. Processes that noticed and ended are as good.</summary>
    private async Task RestoreAsync(ThreeBrokers cluster, int[] ids, Action? beforeStart = null)
    {
        foreach (var id in ids)
        {
            await cluster.Brokers[id].KillAsync();
        }

        foreach (var id in ids)
        {
            await _disks[id].RestorePowerAsync();
        }

        beforeStart?.Invoke();
        foreach (var id in ids)
        {
            cluster.Brokers[id].Launch();
        }

        foreach (var id in ids)
        {
            await cluster.Brokers[id].WaitUntilStartedAsync();
        }
    }
}
