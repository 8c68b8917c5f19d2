using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// SaslAuthenticate 0-2 where there is nothing to prove: the connection is authenticated, or its listener asks for no SASL. All others
/// are the pipeline's. Stateless.
/// </summary>
internal sealed class SaslAuthenticateHandler : RequestHandler<SaslAuthenticateRequest, SaslAuthenticateResponse>
{
    public override IReadOnlyList<AccessRule> Access => [];

    public override ValueTask<SaslAuthenticateResponse?> HandleAsync(SaslAuthenticateRequest request, RequestContext context) =>
        new(new SaslAuthenticateResponse
        {
            ErrorCode = ErrorCode.IllegalSaslState,
            ErrorMessage = "SaslAuthenticate request received after successful authentication",
        });
}
