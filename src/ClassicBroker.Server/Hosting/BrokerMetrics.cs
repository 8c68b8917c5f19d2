using System.Diagnostics.Metrics;
using ClassicBroker.Replication;
using ClassicBroker.Replication.Sessions;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// The broker's figures under the names of Kafka's <c>kafka.server</c> beans. Observed when somebody looks, so that they cost nothing
/// otherwise. Owned by the broker. Threading: any.
/// </summary>
internal sealed class BrokerMetrics : IDisposable
{
    public const string MeterName = "kafka.server";

    private readonly Meter _meter = new(MeterName);

    public BrokerMetrics(ReplicaManager replicas, FetchSessionCache sessions)
    {
        Gauge("ReplicaManager.PartitionCount", () => replicas.OnlinePartitions.Count());
        Gauge("ReplicaManager.LeaderCount", () => replicas.OnlinePartitions.Count(partition => partition.IsLeader));
        Gauge("ReplicaManager.UnderReplicatedPartitions", () => replicas.OnlinePartitions.Count(partition => partition.IsUnderReplicated));
        Gauge("ReplicaManager.UnderMinIsrPartitionCount", () => replicas.OnlinePartitions.Count(partition => partition.IsUnderMinIsr));
        Gauge("ReplicaManager.AtMinIsrPartitionCount", () => replicas.OnlinePartitions.Count(partition => partition.IsAtMinIsr));
        Gauge("ReplicaManager.OfflineReplicaCount", () => replicas.OfflineCount);
        foreach (var purgatory in new[] { replicas.Delayed.Produce, replicas.Delayed.Fetch, replicas.Delayed.DeleteRecords })
        {
            Gauge($"DelayedOperationPurgatory.PurgatorySize.{purgatory.Name}", () => purgatory.Watched);
            Gauge($"DelayedOperationPurgatory.NumDelayedOperations.{purgatory.Name}", () => purgatory.Delayed);
        }

        Gauge("FetchSessionCache.NumIncrementalFetchSessions", () => sessions.Count);
        Gauge("FetchSessionCache.NumIncrementalFetchPartitionsCached", () => sessions.PartitionCount);
        Gauge("FetchSessionCache.IncrementalFetchSessionEvictions", () => sessions.Evictions);
    }

    public void Dispose() => _meter.Dispose();

    private void Gauge(string name, Func<long> observe) => _meter.CreateObservableGauge($"{MeterName}.{name}", observe);
}
