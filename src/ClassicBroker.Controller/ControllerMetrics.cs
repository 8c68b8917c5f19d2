using System.Diagnostics.Metrics;
using ClassicBroker.Controller.State;

namespace ClassicBroker.Controller;

/// <summary>
/// The figures of the controller, under the names of Kafka's <c>kafka.controller</c> beans. They are taken on the controller's loop now
/// and then, and read by whoever scrapes. Threading: any.
/// </summary>
public sealed class ControllerMetrics : IDisposable
{
    public const string MeterName = "kafka.controller";

    private readonly Meter _meter = new(MeterName);
    private volatile ControllerFigures _figures = ControllerFigures.OutOfOffice;
    private volatile bool _isActive;
    private int _queued;

    internal ControllerMetrics()
    {
        Gauge("KafkaController.ActiveControllerCount", () => _isActive ? 1 : 0);
        Gauge("KafkaController.ActiveBrokerCount", () => _figures.ActiveBrokers);
        Gauge("KafkaController.FencedBrokerCount", () => 0);
        Gauge("KafkaController.GlobalTopicCount", () => _figures.Topics);
        Gauge("KafkaController.GlobalPartitionCount", () => _figures.Partitions);
        Gauge("KafkaController.OfflinePartitionsCount", () => _figures.OfflinePartitions);
        Gauge("KafkaController.PreferredReplicaImbalanceCount", () => _figures.PreferredReplicaImbalance);
        Gauge("KafkaController.TopicsToDeleteCount", () => _figures.TopicsToDelete);
        Gauge("KafkaController.TopicsIneligibleToDeleteCount", () => _figures.TopicsIneligibleToDelete);
        Gauge("KafkaController.ReplicasToDeleteCount", () => _figures.ReplicasToDelete);
        Gauge("KafkaController.ReplicasIneligibleToDeleteCount", () => _figures.ReplicasIneligibleToDelete);
        Gauge("KafkaController.ReassigningPartitionsCount", () => _figures.ReassigningPartitions);
        Gauge("ControllerEventManager.EventQueueSize", () => Volatile.Read(ref _queued));
    }

    public void Dispose() => _meter.Dispose();

    internal void Show(bool isActive, ControllerFigures figures)
    {
        _isActive = isActive;
        _figures = figures;
    }

    internal void ShowQueued(int events) => Volatile.Write(ref _queued, events);

    private void Gauge(string name, Func<int> read) => _meter.CreateObservableGauge($"kafka.controller.{name}", read);
}
