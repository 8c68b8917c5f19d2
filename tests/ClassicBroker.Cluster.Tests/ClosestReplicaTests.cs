using System.Text;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Cluster.Tests;

/// <summary>KIP-392 with real brokers and librdkafka: a consumer reads from the replica in its rack.</summary>
public sealed class ClosestReplicaTests : IDisposable
{
    private const int Records = 500;

    private static readonly string Driver = Path.Combine(AppContext.BaseDirectory, "Clients", "closest_reader.py");

    private readonly ScratchDirectory _scratch = new();

    [Theory]
    [MemberData(nameof(SecurityProfiles.Rows), MemberType = typeof(SecurityProfiles))]
    public async Task Consumers_read_from_the_replica_in_their_rack_and_elsewhere_from_the_leader(SecurityProfile profile)
    {
        await using var cluster = await ThreeBrokers.StartAsync(_scratch, profile, new Dictionary<string, string>
        {
            ["broker.rack"] = "rack-$id",
            ["replica.selector.class"] = "org.apache.kafka.common.replica.RackAwareReplicaSelector",
        });
        await cluster.CreateTopicAsync("t");
        var lines = string.Concat(Enumerable.Range(0, Records).Select(number => $"{number}\n"));
        (await ChildProcess.RunAsync(
            "kcat",
            ["-P", "-b", cluster.BootstrapServers, "-t", "t", "-p", "0", "-X", "acks=all"],
            Encoding.UTF8.GetBytes(lines),
            environment: cluster.Security.Client.Environment)).RequireSuccess();
        var leader = (await cluster.LeaderAsync("t")).BrokerId;

        foreach (var broker in cluster.Brokers)
        {
            Assert.Equal($"{Records} leader {leader} fetched from {broker.BrokerId}\n", await ReadAsync(cluster, $"rack-{broker.BrokerId}"));
        }

        Assert.Equal($"{Records} leader {leader} fetched from {leader}\n", await ReadAsync(cluster, "another"));
    }

    private static async Task<string> ReadAsync(ThreeBrokers cluster, string rack) =>
        (await ChildProcess.RunAsync(
            "/usr/bin/python3",
            [Driver, cluster.BootstrapServers, "t", rack, $"{Records}"],
            environment: cluster.Security.Client.Environment)).RequireSuccess().Text;

    public void Dispose() => _scratch.Dispose();
}
