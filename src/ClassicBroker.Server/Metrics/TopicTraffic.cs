namespace ClassicBroker.Server.Metrics;

/// <summary>Counts of one topic, or of all of them. Threading: counted up from any thread without a lock, read at any time.</summary>
internal sealed class TopicTraffic
{
    private readonly long[] _counts = new long[Enum.GetValues<TrafficKind>().Length];

    public long this[TrafficKind kind] => Volatile.Read(ref _counts[(int)kind]);

    public void Add(TrafficKind kind, long amount) => Interlocked.Add(ref _counts[(int)kind], amount);
}
