using ClassicBroker.Platform;

namespace ClassicBroker.Client.Cluster;

/// <summary>
/// Pauses that double from one attempt to the next up to a limit, each a fifth longer or shorter at random (KIP-580). Stateless.
/// </summary>
internal sealed class ExponentialBackoff(TimeSpan initial, TimeSpan max, IRandomSource random)
{
    private const int MaxDoublings = 30;
    private const double Jitter = 0.2;
    private const int JitterSteps = 1001;

    /// <summary>The pause after a number of failed attempts, counted from 1.</summary>
    public TimeSpan After(int failures)
    {
        var grown = initial.TotalMilliseconds * (1L << Math.Clamp(failures - 1, 0, MaxDoublings));
        var limited = Math.Min(grown, Math.Max(max.TotalMilliseconds, initial.TotalMilliseconds));
        var spread = 1 - Jitter + (2 * Jitter * random.Next(JitterSteps) / (JitterSteps - 1));
        return TimeSpan.FromMilliseconds(limited * spread);
    }
}
