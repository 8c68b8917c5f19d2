using System.Diagnostics.Metrics;
using ClassicBroker.Controller.State;

namespace ClassicBroker.Controller;

/// <summary>
/// The metrics of the controller, under the names of Kafka's <c>kafka.controller</c> beans. They are taken on the controller's loop now
/// and then, and read when they are scraped. Threading: any.
/// </summary>
public sealed class ControllerMetrics : IDisposable
{
    public const string MeterName = "kafka.controller";

    private readonly Meter _meter = new(MeterName);
    private volatile ControllerGauges _gauges = ControllerGauges.Inactive;
    private volatile bool _isActive;
    private int _queued;

    internal ControllerMetrics()
    {
        Gauge("KafkaController.ActiveControllerCount", () => _isActive ? 1 : 0);
        Gauge("KafkaController.ActiveBrokerCount", () => _gauges.ActiveBrokers);
        Gauge("KafkaController.FencedBrokerCount", () => 0);
        Gauge("KafkaController.GlobalTopicCount", () => _gauges.Topics);
        Gauge("KafkaController.GlobalPartitionCount", () => _gauges.Partitions);
        Gauge("KafkaController.OfflinePartitionsCount", () => _gauges.OfflinePartitions);
        Gauge("KafkaController.PreferredReplicaImbalanceCount", () => _gauges.PreferredReplicaImbalance);
        Gauge("KafkaController.TopicsToDeleteCount", () => _gauges.TopicsToDelete);
        Gauge("KafkaController.TopicsIneligibleToDeleteCount", () => _gauges.TopicsIneligibleToDelete);
        Gauge("KafkaController.ReplicasToDeleteCount", () => _gauges.ReplicasToDelete);
        Gauge("KafkaController.ReplicasIneligibleToDeleteCount", () => _gauges.ReplicasIneligibleToDelete);
        Gauge("KafkaController.ReassigningPartitionsCount", () => _gauges.ReassigningPartitions);
        Gauge("ControllerEventManager.EventQueueSize", () => Volatile.Read(ref _queued));
    }

    public void Dispose() => _meter.Dispose();

    internal void Show(bool isActive, ControllerGauges figures)
    {
        _isActive = isActive;
        _gauges = figures;
    }

    internal void ShowQueued(int events) => Volatile.Write(ref _queued, events);

    private void Gauge(string name, Func<int> read) => _meter.CreateObservableGauge($"kafka.controller.{name}", read);
}
