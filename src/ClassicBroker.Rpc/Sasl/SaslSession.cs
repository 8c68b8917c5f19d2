namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// A proof of identity and how long it holds: as long as the credential behind it and the listener's <c>connections.max.reauth.ms</c>
/// allow (KIP-368). Immutable.
/// </summary>
internal sealed record SaslSession(SaslIdentity Identity, string Mechanism, long? LifetimeMs, long? EndsAtMs)
{
    /// <summary>Beyond this, an end is never reached, and sums of it stay in range.</summary>
    private const long LongestMs = 10L * 365 * 24 * 3600 * 1000;

    /// <param name="identity">Whom the client has proved to be.</param>
    /// <param name="mechanism">How.</param>
    /// <param name="sessionMaxMs">The listener's limit; 0 or less for none.</param>
    /// <param name="utcNowMs">Unix time.</param>
    /// <param name="monotonicNowMs">The loop's clock, on which the session ends.</param>
    public static SaslSession Begin(SaslIdentity identity, string mechanism, long sessionMaxMs, long utcNowMs, long monotonicNowMs)
    {
        long? lifetimeMs = sessionMaxMs > 0 ? sessionMaxMs : null;
        if (identity.ExpiresAtMs is { } expiresAtMs)
        {
            lifetimeMs = Math.Max(0, Math.Min(expiresAtMs - utcNowMs, lifetimeMs ?? long.MaxValue));
        }

        return new SaslSession(identity, mechanism, lifetimeMs, lifetimeMs is { } ms ? monotonicNowMs + Math.Min(ms, LongestMs) : null);
    }

    public bool HasEnded(long monotonicNowMs) => EndsAtMs is { } end && monotonicNowMs >= end;
}
