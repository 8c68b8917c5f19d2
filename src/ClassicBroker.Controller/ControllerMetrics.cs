using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ClassicBroker.Controller.Requests;
using ClassicBroker.Controller.State;
using ClassicBroker.Platform.Metrics;

namespace ClassicBroker.Controller;

/// <summary>
/// The metrics of the controller, under the names of Kafka's <c>kafka.controller</c> beans. They are taken on the controller's loop now
/// and then, and read when they are scraped. Made once for each broker. Threading: any.
/// </summary>
public sealed class ControllerMetrics
{
    private const string Domain = "kafka.controller:type=";

    /// <summary>Kafka's number for a cluster that is in ZooKeeper mode and does not migrate.</summary>
    private const int ZooKeeperMode = 4;

    private readonly SortedDictionary<ControllerEventKind, MetricHistogram> _times = [];
    private readonly ConcurrentDictionary<int, BrokerChannelMetrics> _channels = new();
    private readonly MetricHistogram _queueTime;
    private readonly HistogramFamily _channelTimes;
    private readonly MeterScope _meters;
    private volatile ControllerGauges _gauges = ControllerGauges.Inactive;
    private volatile bool _isActive;
    private volatile int _kind;
    private int _queued;

    public ControllerMetrics(MeterScope meters)
    {
        _meters = meters;
        _queueTime = meters.Histogram($"{Domain}ControllerEventManager,name=EventQueueTimeMs", "Time events waited for their turn, in ms.");
        _channelTimes = meters.Histograms(
            $"{Domain}ControllerChannelManager,name=RequestRateAndQueueTimeMs", "Time requests to a broker waited for their turn, in ms.");
        Cluster();
        Events();
        meters.Gauges(
            $"{Domain}ControllerChannelManager,name=QueueSize",
            "Requests to a broker that wait for their turn.",
            () => _channels.OrderBy(entry => entry.Key).Select(entry => new Measurement<long>(entry.Value.Queued, entry.Value.Tag)));
        Gauge(
            "ControllerChannelManager,name=TotalQueueSize",
            "Requests to brokers that wait.",
            () => _channels.Values.Sum(channel => channel.Queued));
    }

    /// <summary>Elections of a leader that was not in sync.</summary>
    internal MetricCounter UncleanElections { get; } = new();

    internal void Show(bool isActive, ControllerGauges figures)
    {
        _isActive = isActive;
        _gauges = figures;
    }

    internal void ShowQueued(int events) => Volatile.Write(ref _queued, events);

    /// <summary>An event begins, after a wait.</summary>
    internal void Began(ControllerEventKind kind, TimeSpan waited)
    {
        _kind = (int)kind;
        _queueTime.Record(waited.TotalMilliseconds);
    }

    internal void Ended(ControllerEventKind kind, TimeSpan took)
    {
        _kind = (int)ControllerEventKind.Idle;
        if (_times.TryGetValue(kind, out var times))
        {
            times.Record(took.TotalMilliseconds);
        }
    }

    internal BrokerChannelMetrics OpenChannel(int brokerId)
    {
        var tag = new KeyValuePair<string, object?>("broker-id", $"{brokerId}");
        var channel = new BrokerChannelMetrics(_channelTimes.Of(tag), tag);
        if (_channels.TryRemove(brokerId, out var before))
        {
            _channelTimes.Remove(before.QueueTime);
        }

        return _channels[brokerId] = channel;
    }

    internal void CloseChannel(int brokerId, BrokerChannelMetrics channel)
    {
        if (_channels.TryRemove(KeyValuePair.Create(brokerId, channel)))
        {
            _channelTimes.Remove(channel.QueueTime);
        }
    }

    private void Cluster()
    {
        Gauge("KafkaController,name=ActiveControllerCount", "1 where this broker is the active controller.", () => _isActive ? 1 : 0);
        Gauge("KafkaController,name=ActiveBrokerCount", "Brokers that are registered.", () => _gauges.ActiveBrokers);
        Gauge("KafkaController,name=FencedBrokerCount", "Zero with ZooKeeper, where no broker is fenced.", () => 0);
        Gauge("KafkaController,name=GlobalTopicCount", "Topics of the cluster.", () => _gauges.Topics);
        Gauge("KafkaController,name=GlobalPartitionCount", "Partitions of the cluster that have had a leader.", () => _gauges.Partitions);
        Gauge("KafkaController,name=OfflinePartitionsCount", "Partitions without a leader.", () => _gauges.OfflinePartitions);
        Gauge(
            "KafkaController,name=PreferredReplicaImbalanceCount",
            "Partitions led by another than their first replica.",
            () => _gauges.PreferredReplicaImbalance);
        Gauge("KafkaController,name=TopicsToDeleteCount", "Topics that are to be deleted.", () => _gauges.TopicsToDelete);
        Gauge(
            "KafkaController,name=TopicsIneligibleToDeleteCount",
            "Topics that are to be deleted and cannot be for now.",
            () => _gauges.TopicsIneligibleToDelete);
        Gauge("KafkaController,name=ReplicasToDeleteCount", "Replicas that are to be deleted.", () => _gauges.ReplicasToDelete);
        Gauge(
            "KafkaController,name=ReplicasIneligibleToDeleteCount",
            "Replicas that are to be deleted and cannot be for now.",
            () => _gauges.ReplicasIneligibleToDelete);
        Gauge(
            "KafkaController,name=ReassigningPartitionsCount",
            "Partitions of the cluster whose replicas are being moved.",
            () => _gauges.ReassigningPartitions);
        Gauge(
            "KafkaController,name=ReassignmentProgressPercent",
            "How many of the partitions that are being moved together have been; 100 where none is being moved.",
            () => _gauges.ReassignmentPercent);
        Gauge("KafkaController,name=ControllerState", "What the controller is doing, by Kafka's number; 0 is idle.", () => _kind);
        Gauge("KafkaController,name=ZkMigrationState", "Always 4: the cluster is in ZooKeeper mode.", () => ZooKeeperMode);
    }

    private void Events()
    {
        Gauge("ControllerEventManager,name=EventQueueSize", "Events that wait for their turn.", () => Volatile.Read(ref _queued));
        foreach (var kind in Enum.GetValues<ControllerEventKind>().Where(kind => kind != ControllerEventKind.Idle))
        {
            _times[kind] = _meters.Histogram(
                $"{Domain}ControllerStats,name={kind.RateName()}RateAndTimeMs", "Events of this kind, and how long they took in ms.");
        }

        _meters.Counter(
            $"{Domain}ControllerStats,name=UncleanLeaderElectionsPerSec",
            "Elections of leaders that were not in sync: records may be lost.",
            () => UncleanElections.Value);
    }

    private void Gauge(string name, string description, Func<long> read) => _meters.Gauge($"{Domain}{name}", description, read);
}
