using System.Buffers.Binary;
using System.Globalization;
using ClassicBroker.Conformance.Tests.Recordings;
using ClassicBroker.Conformance.Tests.Wire;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Bugs;
using ClassicBroker.Simulation.Ports;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>
/// What controllers tell brokers with LeaderAndIsr, StopReplica and UpdateMetadata, partition by partition and without regard to how it
/// is grouped into requests and how often it is said. Threading: one test.
/// </summary>
internal sealed class ControllerOrders
{
    private List<ControllerOrder> _seen = [];

    public ControllerOrders()
    {
        var traffic = new FrameRewriting();
        traffic
            .Of<LeaderAndIsrRequest>(ApiKey.LeaderAndIsr, request => Keep(request, traffic.Broker))
            .Of<StopReplicaRequest>(ApiKey.StopReplica, request => Keep(request, traffic.Broker))
            .Of<UpdateMetadataRequest>(ApiKey.UpdateMetadata, request => Keep(request, traffic.Broker));
        Listener = new PlantedBug { Name = "none", What = "Listens to controllers.", Invariants = [], Traffic = traffic };
    }

    /// <summary>What makes a cluster tell of its orders.</summary>
    public PlantedBug Listener { get; }

    /// <summary>Are requests of a kind such orders?</summary>
    public static bool Has(ApiKey api) => api is ApiKey.LeaderAndIsr or ApiKey.StopReplica or ApiKey.UpdateMetadata;

    /// <summary>What has been ordered since this was last asked.</summary>
    public IReadOnlyList<ControllerOrder> Take()
    {
        var taken = _seen;
        _seen = [];
        return taken;
    }

    /// <summary>
    /// The recorded orders, by the file of their step. Not all frames between steps were kept. What a controller tells its own broker needs
    /// no request here.
    /// </summary>
    public static ILookup<string, ControllerOrder> Recorded(string archive) => RecordingArchive.Read(archive)
        .Where(exchange => exchange.ClientId.Length == 1 && exchange.ClientId != $"{exchange.To}")
        .SelectMany(exchange => Orders(exchange).Select(order => (exchange.Source, Order: order)))
        .ToLookup(told => told.Source, told => told.Order, StringComparer.Ordinal);

    private static IEnumerable<ControllerOrder> Orders(RecordedExchange exchange)
    {
        var api = (ApiKey)BinaryPrimitives.ReadInt16BigEndian(exchange.Request);
        var version = BinaryPrimitives.ReadInt16BigEndian(exchange.Request.AsSpan(sizeof(short)));
        return Has(api)
            ? ControllerOrder.Of(ReplayedBroker.DecodeRequest(ApiCatalog.Get(api), version, exchange), exchange.To ?? -1)
            : [];
    }

    private void Keep(IRequest request, string host) =>
        _seen.AddRange(ControllerOrder.Of(request, int.Parse(host.AsSpan(host.LastIndexOf('-') + 1), CultureInfo.InvariantCulture)));
}
