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

    /// <summary>
    /// Waits until all brokers have the same bytes of every partition, to which nothing is written any more, and stops them in order: each
    /// still has.
    /// </summary>
    public static async Task AssertEqualAsync(IReadOnlyList<KafkaServerProcess> brokers, string topic, int partitions)
    {
        // Who describes a topic may not have heard that a replica has left the ISR.
        string[] names = [.. Enumerable.Range(0, partitions).Select(partition => $"{topic}-{partition}")];
        await ThreeBrokers.UntilAsync(
            () => Task.FromResult(DifferenceAmong(brokers, names) is null), () => $"equal replicas: {DifferenceAmong(brokers, names)}");
        foreach (var broker in brokers)
        {
            Assert.Equal(0, await broker.StopAsync());
        }

        Assert.Null(DifferenceAmong(brokers, names));
    }

    private static string? DifferenceAmong(IReadOnlyList<KafkaServerProcess> brokers, IEnumerable<string> partitions)
    {
        foreach (var partition in partitions)
        {
            var replica = ThreeBrokers.BytesOf(brokers[0], partition);
            foreach (var other in brokers.Skip(1))
            {
                if (!replica.AsSpan().SequenceEqual(ThreeBrokers.BytesOf(other, partition)))
                {
                    return $"{partition} on broker {other.BrokerId} is not what it is on broker {brokers[0].BrokerId}";
                }
            }
        }

        return null;
    }
}
