namespace ClassicBroker.Coordinator;

/// <summary>How long the loads of a coordinator's partitions took that ended in the last thirty seconds. Threading: any.</summary>
public sealed class LoadTimes(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Queue<(long EndedAt, double Ms)> _loads = new();

    /// <summary>The longest, in ms; zero where there was none.</summary>
    public double Max => Recent(loads => loads.Max());

    /// <summary>The average, in ms; zero where there was none.</summary>
    public double Average => Recent(loads => loads.Average());

    internal void Add(double ms)
    {
        lock (_lock)
        {
            Forget();
            _loads.Enqueue((time.GetTimestamp(), ms));
        }
    }

    private double Recent(Func<IEnumerable<double>, double> measure)
    {
        lock (_lock)
        {
            Forget();
            return _loads.Count == 0 ? 0 : measure(_loads.Select(load => load.Ms));
        }
    }

    private void Forget()
    {
        while (_loads.TryPeek(out var oldest) && time.GetElapsedTime(oldest.EndedAt) > Window)
        {
            _loads.Dequeue();
        }
    }
}
