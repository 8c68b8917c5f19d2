using System.Collections.Concurrent;

namespace ClassicBroker.Client.Producer;

/// <summary>
/// For how long batches have been waiting for each broker (KIP-794). A broker that has taken none for longer than
/// <c>partitioner.availability.timeout.ms</c> gets no records that may as well go elsewhere. Safe from any thread: the sender notes,
/// producing threads ask.
/// </summary>
internal sealed class BrokerLatencies(ProducerConfig config)
{
    private readonly ConcurrentDictionary<int, long> _waitedMs = new();
    private readonly Dictionary<int, long> _drainedAtMs = [];
    private readonly long _limitMs = config.AdaptivePartitioning ? (long)config.PartitionerAvailabilityTimeout.TotalMilliseconds : 0;

    /// <summary>A broker had batches ready, and could or could not take them. The sender's.</summary>
    public void Note(int broker, long nowMs, bool isDrained)
    {
        if (_limitMs == 0)
        {
            return;
        }

        if (isDrained || !_drainedAtMs.TryGetValue(broker, out var drainedAtMs))
        {
            _drainedAtMs[broker] = drainedAtMs = nowMs;
        }

        _waitedMs[broker] = nowMs - drainedAtMs;
    }

    public bool IsSlow(int broker) => _limitMs > 0 && _waitedMs.TryGetValue(broker, out var waited) && waited > _limitMs;
}
