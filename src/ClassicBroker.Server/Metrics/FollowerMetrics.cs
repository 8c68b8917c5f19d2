using System.Diagnostics.Metrics;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Replication.Followers;
using ClassicBroker.Replication.Moves;

namespace ClassicBroker.Server.Metrics;

/// <summary>
/// The fetchers of a broker under the names of Kafka's <c>ReplicaFetcherManager</c>, <c>FetcherStats</c> and <c>FetcherLagMetrics</c>, and
/// its moves between log directories under those of <c>ReplicaAlterLogDirsManager</c>. Read when a listener asks. Stateless; the
/// instruments belong to the scope.
/// </summary>
internal static class FollowerMetrics
{
    private const string ReplicaClient = "Replica";
    private const string MoveClient = "ReplicaAlterLogDirs";

    private static readonly KeyValuePair<string, object?> ReplicaTag = new("clientId", ReplicaClient);
    private static readonly KeyValuePair<string, object?> MoveTag = new("clientId", MoveClient);

    public static void Register(
        MeterScope meters, ReplicaFetcherManager followers, LogDirMoves moves, MetadataCache metadata, string listener, TimeProvider time)
    {
        Fetchers(meters, followers, time);
        Moves(meters, moves, time);
        Lags(meters, followers);
        Statistics(meters, followers, metadata, listener);
    }

    private static void Fetchers(MeterScope meters, ReplicaFetcherManager followers, TimeProvider time)
    {
        var slowest = new SlowestRate(time);
        Gauge("MaxLag", "Records by which the replica furthest behind its leader is behind.", () =>
            followers.Metrics.Select(fetcher => fetcher.LagMax).DefaultIfEmpty().Max());
        Gauge("FailedPartitionsCount", "Partitions that are not fetched because something is wrong with them.", () =>
            followers.Metrics.Sum(fetcher => fetcher.FailedCount));
        Gauge("DeadThreadCount", "Zero: a fetcher that meets what must not happen ends the process.", () => 0);
        meters.Gauges(
            "kafka.server:type=ReplicaFetcherManager,name=MinFetchRate",
            "Fetch requests per second of the fetcher with the fewest, since the metric was last read.",
            () => [new Measurement<double>(
                slowest.Measure(followers.Metrics.Select(fetcher => ((fetcher.LeaderId, fetcher.Number), fetcher.Requests.Value))),
                ReplicaTag)]);

        void Gauge(string name, string description, Func<long> observe) =>
            meters.Gauges(
                $"kafka.server:type=ReplicaFetcherManager,name={name}", description, () => [new Measurement<long>(observe(), ReplicaTag)]);
    }

    private static void Moves(MeterScope meters, LogDirMoves moves, TimeProvider time)
    {
        var pieces = new SlowestRate(time);
        Gauge("MaxLag", "Records by which the move furthest behind is behind.", () => moves.LagMax);
        Gauge("FailedPartitionsCount", "Moves between log directories that have failed.", () => moves.FailedCount);
        Gauge("DeadThreadCount", "Zero: moves have no thread of their own.", () => 0);
        meters.Gauges(
            "kafka.server:type=ReplicaAlterLogDirsManager,name=MinFetchRate",
            "Pieces per second that moves copy, since the metric was last read.",
            () => [new Measurement<double>(pieces.Measure([((0, 0), moves.PieceCount)]), MoveTag)]);
        Gauge("MoveCount", "Replicas that are being moved between log directories.", () => moves.Count);

        void Gauge(string name, string description, Func<long> observe) =>
            meters.Gauges(
                $"kafka.server:type=ReplicaAlterLogDirsManager,name={name}",
                description,
                () => [new Measurement<long>(observe(), MoveTag)]);
    }

    private static void Lags(MeterScope meters, ReplicaFetcherManager followers) =>
        meters.Gauges(
            "kafka.server:type=FetcherLagMetrics,name=ConsumerLag",
            "Records by which a replica is behind its leader.",
            () => followers.Metrics.SelectMany(fetcher => fetcher.Lags.Select(entry => new Measurement<long>(
                entry.Lag, [new("clientId", ThreadOf(fetcher)), .. PartitionTags.Of(entry.Partition)]))));

    private static void Statistics(MeterScope meters, ReplicaFetcherManager followers, MetadataCache metadata, string listener)
    {
        Counter("RequestsPerSec", "Fetch requests of a fetcher that were answered.", fetcher => fetcher.Requests.Value);
        Counter("BytesPerSec", "Bytes of records a fetcher got.", fetcher => fetcher.Bytes.Value);

        void Counter(string name, string description, Func<FetcherMetrics, long> value) =>
            meters.Counters(
                $"kafka.server:type=FetcherStats,name={name}",
                description,
                () => followers.Metrics.Select(fetcher => new Measurement<long>(value(fetcher), Tags(fetcher))));

        KeyValuePair<string, object?>[] Tags(FetcherMetrics fetcher)
        {
            var endpoint = metadata.Current.Broker(fetcher.LeaderId)?.Endpoint(listener);
            return
            [
                new("clientId", ThreadOf(fetcher)),
                new("brokerHost", endpoint?.Host ?? ""),
                new("brokerPort", $"{endpoint?.Port ?? -1}"),
            ];
        }
    }

    private static string ThreadOf(FetcherMetrics fetcher) => $"ReplicaFetcherThread-{fetcher.Number}-{fetcher.LeaderId}";
}
