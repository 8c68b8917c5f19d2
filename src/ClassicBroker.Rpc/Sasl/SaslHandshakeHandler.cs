using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// SaslHandshake 0-1 where there is nothing to agree on: the connection is authenticated, or its listener asks for no SASL. All others
/// are the pipeline's. Stateless.
/// </summary>
internal sealed class SaslHandshakeHandler : RequestHandler<SaslHandshakeRequest, SaslHandshakeResponse>
{
    public override IReadOnlyList<AccessRule> Access => [];

    public override ValueTask<SaslHandshakeResponse?> HandleAsync(SaslHandshakeRequest request, RequestContext context) =>
        new(new SaslHandshakeResponse { ErrorCode = ErrorCode.IllegalSaslState, Mechanisms = [] });
}
