using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;

namespace ClassicBroker.Server.Handlers.Unavailable;

/// <summary>The APIs this broker only refuses, each with its reason.</summary>
public static class UnavailableApis
{
    public static IEnumerable<IRequestHandler> Handlers() =>
    [
        // The consumer protocol of KIP-848 needs KRaft.
        new RefusingHandler<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>(ErrorCode.UnsupportedVersion),
        new ConsumerGroupDescribeHandler(),
    ];
}
