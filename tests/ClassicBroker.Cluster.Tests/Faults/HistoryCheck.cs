using ClassicBroker.Cluster.Tests.Lab;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests.Faults;

/// <summary>The end of a run: reads the log, holds the histories against it, stops the brokers, and compares their replicas.</summary>
internal static class HistoryCheck
{
    /// <returns>What there was, in words.</returns>
    public static async Task<string> AssertWholeAsync(
        FaultyCluster cluster, string topic, int partitions, IReadOnlyList<HistoryProducer> producers, ScratchDirectory scratch,
        IEnumerable<string>? seen = null)
    {
        var checker = new HistoryChecker();
        foreach (var producer in producers)
        {
            Assert.True(producer.Count() > 0, $"{producer.Name} has had nothing acknowledged.");
            checker.AddProducer(producer.Name, producer.IsIdempotent, producer.Acknowledged);
        }

        checker.CheckLog(await HistoryReader.ReadAllAsync(cluster, topic, partitions, scratch.File("log")));
        checker.CheckReader(seen ?? []);
        var summary = $"{checker.Acknowledged} acknowledged, {checker.Logged} in the log, {checker.Seen} seen by the reader, "
            + $"{checker.Repeated} repeated by producers without idempotence, {checker.Anomalies.Count} anomalies";
        Assert.True(checker.Anomalies.Count == 0, $"{summary}\n{string.Join('\n', checker.Anomalies)}");
        await Replicas.AssertEqualAsync(cluster.Brokers, topic, partitions);
        return summary;
    }
}
