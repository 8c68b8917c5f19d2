namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// Whom a client has proved to be. <paramref name="ExpiresAtMs"/> is when its credential ends, in milliseconds of Unix time; null where
/// it does not.
/// </summary>
public sealed record SaslIdentity(KafkaPrincipal Principal, long? ExpiresAtMs = null)
{
    /// <summary>Proved by a delegation token, whose bearer may not have others made.</summary>
    public bool IsByToken { get; init; }
}
