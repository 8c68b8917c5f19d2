namespace ClassicBroker.Server.Quotas;

/// <summary>Milliseconds that only go forward. Threading: any.</summary>
internal sealed class QuotaClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    public long NowMs => (long)time.GetElapsedTime(_start).TotalMilliseconds;
}
