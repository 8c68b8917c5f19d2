using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>The end of a test under load: what clients were told, and what the brokers have. Stateless.</summary>
internal static class Replicas
{
    /// <summary>
    /// Stops the load and the brokers: nothing acknowledged is lost, what is idempotent stands once, and all replicas are equal.
    /// </summary>
    public static async Task AssertWholeAsync(ThreeBrokers cluster, AckedLoad load, string topic, bool idempotent)
    {
        var acked = await load.StopAsync();
        await cluster.WaitUntilInSyncAsync(topic);
        var log = await AckedLoad.ReadAllAsync(cluster.BootstrapServers, topic, cluster.Security.Client);
        AckedLoad.AssertNothingLost(acked, log);
        if (idempotent)
        {
            Assert.Equal(log.Count, log.Select(record => record.Number).Distinct().Count());
        }

        await AssertEqualAsync(cluster.Brokers, topic, partitions: 1);
    }

    /// <summary>Stops the brokers in order: each has the same bytes of every partition.</summary>
    public static async Task AssertEqualAsync(IReadOnlyList<KafkaServerProcess> brokers, string topic, int partitions)
    {
        foreach (var broker in brokers)
        {
            Assert.Equal(0, await broker.StopAsync());
        }

        for (var partition = 0; partition < partitions; partition++)
        {
            var replica = ThreeBrokers.BytesOf(brokers[0], $"{topic}-{partition}");
            Assert.All(brokers, other => Assert.True(
                replica.AsSpan().SequenceEqual(ThreeBrokers.BytesOf(other, $"{topic}-{partition}")),
                $"Partition {partition} on broker {other.BrokerId} is not what it is on broker {brokers[0].BrokerId}."));
        }
    }
}
