namespace ClassicBroker.Client.Hosting;

/// <summary>How a worker of a hosted consumer is doing, for health checks. Written by the worker, read from any thread.</summary>
internal sealed class WorkerState(string name, TimeSpan maxPollInterval, TimeProvider time)
{
    private long _polledAt = time.GetTimestamp();
    private volatile Exception? _failure;
    private volatile bool _isRunning;

    /// <summary>The group it reads for.</summary>
    public string Name => name;

    public bool IsRunning => _isRunning;

    /// <summary>What ended it; null where nothing did.</summary>
    public Exception? Failure => _failure;

    /// <summary>It has not polled within <c>max.poll.interval.ms</c>: its group goes on without it.</summary>
    public bool IsLate => time.GetElapsedTime(Volatile.Read(ref _polledAt)) > maxPollInterval;

    public void Started()
    {
        Polled();
        _isRunning = true;
    }

    public void Polled() => Volatile.Write(ref _polledAt, time.GetTimestamp());

    public void Ended(Exception? failure)
    {
        _failure = failure;
        _isRunning = false;
    }
}
