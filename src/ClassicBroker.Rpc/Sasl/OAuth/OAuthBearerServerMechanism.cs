namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>OAUTHBEARER (RFC 7628, KIP-255). Immutable; any loop.</summary>
internal sealed class OAuthBearerServerMechanism(ITokenValidator validator) : ISaslServerMechanism
{
    public string Name => SaslMechanismNames.OAuthBearer;

    public ISaslServer Begin() => new OAuthBearerServer(validator);
}
