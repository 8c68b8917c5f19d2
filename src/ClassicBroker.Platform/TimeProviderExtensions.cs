namespace ClassicBroker.Platform;

/// <summary>Kafka counts in milliseconds since the epoch.</summary>
public static class TimeProviderExtensions
{
    /// <summary>Wall-clock milliseconds since 1970, UTC. May jump; for stamps, never for durations.</summary>
    public static long UnixMs(this TimeProvider time) => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Monotonic milliseconds from an arbitrary start, for durations and deadlines.</summary>
    public static long MonotonicMs(this TimeProvider time) =>
        (long)(time.GetTimestamp() * (1000.0 / time.TimestampFrequency));
}
