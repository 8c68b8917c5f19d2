namespace ClassicBroker.Storage;

/// <summary><c>file.delete.delay.ms</c> as timers take it: what is longer than they can wait is as good as no end.</summary>
internal static class DeletionDelay
{
    public static TimeSpan Of(long delayMs) => TimeSpan.FromMilliseconds(Math.Min(delayMs, int.MaxValue));
}
