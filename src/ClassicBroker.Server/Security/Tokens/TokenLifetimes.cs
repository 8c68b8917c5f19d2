using ClassicBroker.Server.Config;

namespace ClassicBroker.Server.Security.Tokens;

/// <summary>How long delegation tokens live, and how often the expired ones are looked for. Immutable.</summary>
/// <param name="MaxMs">From the making of a token to its end at the latest.</param>
/// <param name="RenewalMs">From a renewal to the end, where the request says nothing else.</param>
/// <param name="SweepIntervalMs">From one search for expired tokens to the next.</param>
internal sealed record TokenLifetimes(long MaxMs, long RenewalMs, long SweepIntervalMs)
{
    public static TokenLifetimes Of(KafkaConfig config) =>
        new(config.DelegationTokenMaxLifetimeMs, config.DelegationTokenExpiryTimeMs, config.DelegationTokenExpiryCheckIntervalMs);

    /// <summary>A time later than another; the last there is where Kafka's sum overflows.</summary>
    public static long Later(long timeMs, long byMs) => byMs > long.MaxValue - timeMs ? long.MaxValue : timeMs + byMs;
}
