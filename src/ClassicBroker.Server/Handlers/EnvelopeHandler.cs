using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// Envelope 0: forwarding is for clusters on their way to KRaft; as in Kafka, it closes the connection.
/// </summary>
public sealed class EnvelopeHandler : RequestHandler<EnvelopeRequest, EnvelopeResponse>
{
    public override IReadOnlyList<AccessRule> Access { get; } = [];

    public override ValueTask<EnvelopeResponse?> HandleAsync(EnvelopeRequest request, RequestContext context)
    {
        context.Connection.Close();
        return ValueTask.FromResult<EnvelopeResponse?>(null);
    }
}
