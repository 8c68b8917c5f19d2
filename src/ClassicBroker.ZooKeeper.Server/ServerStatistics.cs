namespace ClassicBroker.ZooKeeper.Server;

/// <summary>What the four-letter words report about traffic. Threading: server loop only.</summary>
internal sealed class ServerStatistics
{
    private long _latencyTotalMs;
    private long _latencyCount;

    public long Received { get; private set; }

    public long Sent { get; private set; }

    public long LatencyMinMs => _latencyCount == 0 ? 0 : _latencyMinMs;

    public long LatencyMaxMs { get; private set; }

    public double LatencyAverageMs => _latencyCount == 0 ? 0 : (double)_latencyTotalMs / _latencyCount;

    private long _latencyMinMs = long.MaxValue;

    public void CountReceived() => Received++;

    public void CountSent() => Sent++;

    /// <summary>Requests were answered this long after the first of them came in.</summary>
    public void CountLatency(long latencyMs, int requests)
    {
        _latencyMinMs = Math.Min(_latencyMinMs, latencyMs);
        LatencyMaxMs = Math.Max(LatencyMaxMs, latencyMs);
        _latencyTotalMs += latencyMs * requests;
        _latencyCount += requests;
    }

    public void Reset()
    {
        Received = 0;
        Sent = 0;
        LatencyMaxMs = 0;
        _latencyMinMs = long.MaxValue;
        _latencyTotalMs = 0;
        _latencyCount = 0;
    }
}
