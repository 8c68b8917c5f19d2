using System.Text;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>KIP-392 with real brokers and librdkafka: a consumer reads from the replica in its rack.</summary>
public sealed class ClosestReplicaTests : IDisposable
{
    private const int Records = 500;

    private static readonly string Driver = Path.Combine(AppContext.BaseDirectory, "Clients", "closest_reader.py");

    private readonly ScratchDirectory _scratch = new();

    [Fact]
    public async Task Consumers_read_from_the_replica_in_their_rack_and_elsewhere_from_the_leader()
    {
        await using var cluster = await ThreeBrokers.StartAsync(_scratch, properties: new Dictionary<string, string>
        {
            ["broker.rack"] = "rack-$id",
            ["replica.selector.class"] = "org.apache.kafka.common.replica.RackAwareReplicaSelector",
        });
        await cluster.CreateTopicAsync("t");
        var lines = string.Concat(Enumerable.Range(0, Records).Select(number => $"{number}\n"));
        (await ChildProcess.RunAsync("kcat", ["-P", "-b", cluster.BootstrapServers, "-t", "t", "-p", "0", "-X", "acks=all"], Encoding.UTF8.GetBytes(lines)))
            .RequireSuccess();
        var leader = (await cluster.LeaderAsync("t")).BrokerId;

        foreach (var broker in cluster.Brokers)
        {
            Assert.Equal($"{Records} leader {leader} fetched from {broker.BrokerId}\n", await ReadAsync(cluster, $"rack-{broker.BrokerId}"));
        }

        Assert.Equal($"{Records} leader {leader} fetched from {leader}\n", await ReadAsync(cluster, "another"));
    }

    private static async Task<string> ReadAsync(ThreeBrokers cluster, string rack) =>
        (await ChildProcess.RunAsync("/usr/bin/python3", [Driver, cluster.BootstrapServers, "t", rack, $"{Records}"])).RequireSuccess().Text;

    public void Dispose() => _scratch.Dispose();
}
