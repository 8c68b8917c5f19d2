namespace ClassicBroker.Testing.Loops;

/// <summary>
/// The clock of one machine: the same seconds as the others', and a time of day that may be wrong and jump. Threading: the test's thread
/// only.
/// </summary>
public sealed class SkewedTime(ManualTime time) : TimeProvider
{
    /// <summary>How far the time of day is ahead, or behind where negative.</summary>
    public TimeSpan Skew { get; set; }

    public override long TimestampFrequency => time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Skew;

    public override long GetTimestamp() => time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(callback, state, dueTime, period);
}
