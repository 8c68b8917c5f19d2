using ClassicBroker.Rpc;
using ClassicBroker.Server.Handlers.Subsystems;
using ClassicBroker.Server.Handlers.Unavailable;
using ClassicBroker.Server.Parts;

namespace ClassicBroker.Server.Handlers;

/// <summary>The table of handlers: one for each API, made subsystem by subsystem from the parts of a broker. Used once, at start.</summary>
internal sealed class RequestHandlers(
    BrokerCore core,
    ClusterPart cluster,
    ConfigurationPart configuration,
    ControlPart control,
    ReplicationPart replication,
    CoordinationPart coordination,
    AuthorizationPart authorization,
    TokensPart tokens)
{
    public IEnumerable<IRequestHandler> All() =>
    [
        .. RecordHandlers.Make(core, configuration, replication, coordination),
        .. GroupHandlers.Make(core, cluster, coordination),
        .. TransactionHandlers.Make(core, replication, coordination),
        .. TopicHandlers.Make(core, cluster, configuration, control, coordination),
        .. ConfigHandlers.Make(core, cluster, configuration, control, authorization),
        .. ClusterHandlers.Make(core, cluster, control, replication),
        .. TokenHandlers.Make(tokens),
        .. UnavailableApis.Handlers(),
    ];
}
