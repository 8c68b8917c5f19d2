using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Cluster.Tests;

/// <summary>kill -9 under load: what was acknowledged is there after every restart, without help.</summary>
public sealed class BrokerCrashTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    [Theory]
    [InlineData(SecurityProfile.Open, false, 20)]
    [InlineData(SecurityProfile.Open, true, 20)]
    [InlineData(SecurityProfile.Secured, true, 5)]
    public async Task Nothing_acknowledged_is_lost_over_many_kills(SecurityProfile profile, bool idempotent, int kills)
    {
        using var security = ClusterSecurity.Of(profile, _scratch);
        await using var zooKeeper = await SingleZooKeeper.StartAsync(security, _scratch.File("zookeeper"));
        await using var broker = security.Secure(new KafkaServerProcess(
            _scratch.File("broker"), zooKeeper.ConnectString, properties: new Dictionary<string, string>
            {
                // Short, so that a restart need not wait long for the session of the killed broker; small, so that kills meet rolls.
                ["zookeeper.session.timeout.ms"] = "1000",
                ["log.segment.bytes"] = "2000000",
            }));
        await broker.StartAsync();
        await Tool.RunAsync(
            "kafka-topics.sh",
            [
                "--bootstrap-server", broker.BootstrapServers, .. security.Client.Arguments(), "--create", "--topic", "load",
                "--partitions", "1",
            ]);
        await using var load = await AckedLoad.StartAsync(
            broker.BootstrapServers, "load", _scratch.File("acked"), idempotent, security.Client);

        for (var kill = 0; kill < kills; kill++)
        {
            await load.WaitForMoreAsync(500, TimeSpan.FromSeconds(60));
            await broker.KillAsync();
            await broker.StartAsync();
        }

        var acked = await load.StopAsync();
        var log = await AckedLoad.ReadAllAsync(broker.BootstrapServers, "load", security.Client);
        AckedLoad.AssertNothingLost(acked, log);
        if (idempotent)
        {
            Assert.Equal(log.Count, log.Select(record => record.Number).Distinct().Count());
        }

        Assert.Equal(0, await broker.StopAsync());
        await AssertIndexesMatchLogAsync(Path.Combine(broker.DataDirectory, "load-0"));
    }

    /// <summary>kafka-dump-log finds every index entry in the log, and the log readable to its end.</summary>
    private static async Task AssertIndexesMatchLogAsync(string partitionDirectory)
    {
        var files = Directory.GetFiles(partitionDirectory).Where(file => Path.GetExtension(file) is ".log" or ".index" or ".timeindex").Order(StringComparer.Ordinal);
        var outcome = await Tool.RunAsync("kafka-dump-log.sh", "--files", string.Join(',', files), "--verify-index-only");
        Assert.DoesNotContain("Mismatches", outcome.StandardError);
        Assert.DoesNotContain("Non-consecutive", outcome.StandardError);
        Assert.DoesNotContain("timestamp mismatch", outcome.StandardError);
        Assert.DoesNotContain("invalid bytes", outcome.Text);
        Assert.DoesNotContain("isvalid: false", outcome.Text);
    }

    public void Dispose() => _scratch.Dispose();
}
