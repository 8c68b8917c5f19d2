using System.Globalization;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Cluster.Tests;

/// <summary>
/// A disk on which every sync takes a second and a half, by strace, under a producer whose segments roll: what does not wait for the disk
/// goes on as if it were well.
/// </summary>
public sealed class SlowDiskTests : IDisposable
{
    private const int SyncDelayMs = 1500;
    private const int WaitMs = 100;
    private const int Polls = 150;

    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [MemberData(nameof(SecurityProfiles.Rows), MemberType = typeof(SecurityProfiles))]
    public async Task Long_polls_of_another_topic_end_before_a_single_sync_does(SecurityProfile profile)
    {
        using var security = ClusterSecurity.Of(profile, _scratch);
        await using var zooKeeper = await SingleZooKeeper.StartAsync(security, _scratch.File("zookeeper"));
        await using var broker = security.Secure(new KafkaServerProcess(
            _scratch.File("broker"), zooKeeper.ConnectString, properties: new Dictionary<string, string>
            {
                ["log.segment.bytes"] = "2000000",
                ["log.retention.bytes"] = "10000000",
                ["log.retention.check.interval.ms"] = "200",
                ["log.segment.delete.delay.ms"] = "500",
                ["log.flush.interval.ms"] = "100",
                ["log.flush.scheduler.interval.ms"] = "100",
                ["log.flush.offset.checkpoint.interval.ms"] = "500",
                ["replica.high.watermark.checkpoint.interval.ms"] = "500",
                ["log.initial.task.delay.ms"] = "100",
                ["num.partitions"] = "1",
            }));
        await broker.StartAsync();
        foreach (var topic in new[] { "busy", "idle" })
        {
            await Tool.CreateTopicAsync(security, broker, topic);
        }

        Assert.Equal(0, await broker.StopAsync());
        await broker.StartAsync(
        [
            "strace", "-D", "-f", "-qq", "-o", "/dev/null", "--seccomp-bpf", "-e", "trace=fsync,fdatasync",
            "-e", $"inject=fsync,fdatasync:delay_enter={SyncDelayMs * 1000}",
        ]);

        await using var load = await AckedLoad.StartAsync(
            broker.BootstrapServers, "busy", _scratch.File("acked"), credentials: security.Client);
        await load.WaitForMoreAsync(200, TimeSpan.FromSeconds(60));
        var acked = load.AckedCount;
        var polls = (await ChildProcess.RunAsync(
            "/usr/bin/python3",
            [Path.Combine(AppContext.BaseDirectory, "Clients", "long_polls.py"), broker.BootstrapServers, "idle", $"{Polls}", $"{WaitMs}"],
            limit: TimeSpan.FromSeconds(120),
            environment: security.Client.Environment)).RequireSuccess();
        var took = polls.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => int.Parse(line, CultureInfo.InvariantCulture)).Order().ToList();

        Assert.True(load.AckedCount > acked + 200, $"{load.AckedCount - acked} records acknowledged meanwhile");
        Assert.Equal(Polls, took.Count);
        Assert.True(took[0] >= WaitMs - 1, $"the shortest poll took {took[0]} ms");

        // Kafka 2.2.2 measured 110 ms at the 99th percentile. A machine that runs other tests beside is given ten times as much, and still
        // less than one sync takes.
        Assert.True(took[Polls * 99 / 100] < 1000 && took[^1] < SyncDelayMs, $"polls took up to {string.Join(", ", took.TakeLast(5))} ms");
    }
}
