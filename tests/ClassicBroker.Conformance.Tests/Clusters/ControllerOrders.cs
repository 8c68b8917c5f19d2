using System.Buffers.Binary;
using ClassicBroker.Conformance.Tests.Recordings;
using ClassicBroker.Conformance.Tests.Wire;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Bugs;
using ClassicBroker.Simulation.Clusters;
using ClassicBroker.Simulation.Ports;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>
/// What controllers order brokers to do with replicas, LeaderAndIsr and StopReplica, partition by partition and without regard to how it
/// is grouped into requests and how often it is said. Threading: one test.
/// </summary>
internal sealed class ControllerOrders
{
    private readonly SortedSet<string> _seen = new(StringComparer.Ordinal);

    public ControllerOrders()
    {
        var traffic = new FrameRewriting()
            .Of<LeaderAndIsrRequest>(ApiKey.LeaderAndIsr, request => Keep(request, request.BrokerEpoch))
            .Of<StopReplicaRequest>(ApiKey.StopReplica, request => Keep(request, request.BrokerEpoch));
        Listener = new PlantedBug { Name = "none", What = "Listens to controllers.", Invariants = [], Traffic = traffic };
    }

    /// <summary>What makes a cluster tell of its orders.</summary>
    public PlantedBug Listener { get; }

    /// <summary>Where a broker is known by the epoch that an order names.</summary>
    public SimulatedCluster? Cluster { get; set; }

    /// <summary>Are requests of a kind such orders?</summary>
    public static bool Has(ApiKey api) => api is ApiKey.LeaderAndIsr or ApiKey.StopReplica;

    /// <summary>Was this ordered?</summary>
    public bool Contains(string order) => _seen.Contains(order);

    /// <summary>
    /// The orders that were recorded in a step. Not all frames between steps were kept. What a controller tells its own broker needs no
    /// request here.
    /// </summary>
    public static IReadOnlyList<string> Recorded(string archive, string step) =>
    [
        .. RecordingArchive.Read(archive)
            .Where(exchange => exchange.Source.EndsWith($"/{step}.jsonl", StringComparison.Ordinal)
                && exchange.ClientId.Length == 1
                && exchange.ClientId != $"{exchange.To}")
            .SelectMany(Lines)
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];

    private static IEnumerable<string> Lines(RecordedExchange exchange)
    {
        var api = (ApiKey)BinaryPrimitives.ReadInt16BigEndian(exchange.Request);
        var version = BinaryPrimitives.ReadInt16BigEndian(exchange.Request.AsSpan(sizeof(short)));
        return Has(api)
            ? Lines(ReplayedBroker.DecodeRequest(ApiCatalog.Get(api), version, exchange), exchange.To ?? -1)
            : [];
    }

    /// <summary>
    /// The version of the state is left out: on a busy machine it has grown without a cause in the step. So is the epoch of a replica that
    /// stops and stays: it is that before or after its ISR has changed.
    /// </summary>
    private static IEnumerable<string> Lines(IRequest request, int to) => request switch
    {
        LeaderAndIsrRequest change => change.TopicStates.SelectMany(topic => topic.PartitionStates.Select(partition =>
            $"to {to}: {topic.TopicName}-{partition.PartitionIndex} leader {partition.Leader} epoch {partition.LeaderEpoch} "
            + $"isr {List(partition.Isr.Order())} replicas {List(partition.Replicas)} adding {List(partition.AddingReplicas)} "
            + $"removing {List(partition.RemovingReplicas)} new {partition.IsNew} recovery {partition.LeaderRecoveryState} "
            + $"controller epoch {partition.ControllerEpoch}")),
        StopReplicaRequest stop => stop.TopicStates.SelectMany(topic => topic.PartitionStates.Select(partition =>
            $"to {to}: stop {topic.TopicName}-{partition.PartitionIndex}"
            + (partition.DeletePartition ? $" epoch {partition.LeaderEpoch} and delete" : ""))),
        _ => [],
    };

    private static string List(IEnumerable<int> brokers) => $"[{string.Join(',', brokers)}]";

    private void Keep(IRequest request, long brokerEpoch)
    {
        if (Cluster?.Brokers.FirstOrDefault(broker => Epoch(broker.Id) == brokerEpoch) is { } broker)
        {
            _seen.UnionWith(Lines(request, broker.Id));
        }
    }

    private long? Epoch(int broker) => Cluster!.ZooKeeper.Stat($"/brokers/ids/{broker}")?.Czxid;
}
