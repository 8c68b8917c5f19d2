using System.Globalization;
using ClassicBroker.Primitives;

namespace ClassicBroker.TestHost;

/// <summary>The properties of a test's broker: those of Kafka, with what keeps tests waiting turned down. Stateless.</summary>
internal static class BrokerProperties
{
    private const int ReplicasMax = 3;

    public static SortedDictionary<string, string> Of(
        BrokerId broker, int brokers, string zooKeeper, string logDirectory, IReadOnlyDictionary<string, string>? overrides)
    {
        var replicas = Math.Min(ReplicasMax, brokers);
        var properties = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["broker.id"] = Text(broker.Value),
            ["listeners"] = $"PLAINTEXT://{TestBroker.Host}:0",
            ["log.dirs"] = logDirectory,
            ["zookeeper.connect"] = zooKeeper,
            ["default.replication.factor"] = Text(replicas),
            ["offsets.topic.replication.factor"] = Text(replicas),
            ["transaction.state.log.replication.factor"] = Text(replicas),
            ["transaction.state.log.min.isr"] = Text(Math.Min(2, replicas)),
            ["offsets.topic.num.partitions"] = "4",
            ["transaction.state.log.num.partitions"] = "4",
            ["group.initial.rebalance.delay.ms"] = "0",
            // Where all brokers stop there is none left to take a leadership: asking again would keep the test waiting.
            ["controlled.shutdown.retry.backoff.ms"] = "50",
            ["num.network.threads"] = "1",
            ["num.io.threads"] = "1",
            ["background.threads"] = "1",
            ["log.cleaner.dedupe.buffer.size"] = "2097152",
            ["log.index.size.max.bytes"] = "1048576",
        };
        foreach (var (key, value) in overrides ?? new SortedDictionary<string, string>())
        {
            properties[key] = value;
        }

        return properties;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
