using ClassicBroker.Transport;

namespace ClassicBroker.Server.Quotas;

/// <summary>
/// Limits of one kind that are rates over sample windows (bytes, or percent of a thread's time), and how much of them is used. Threading:
/// any loop; what is counted is under the quota's own lock.
/// </summary>
/// <param name="clock">Tells the time.</param>
/// <param name="samples"><c>quota.window.num</c>.</param>
/// <param name="windowSeconds"><c>quota.window.size.seconds</c>.</param>
/// <param name="throttleMsMax">The longest throttle time.</param>
internal sealed class RateQuota(QuotaClock clock, int samples, int windowSeconds, long throttleMsMax = long.MaxValue)
{
    private const long IdleMsMax = 60 * 60 * 1000;
    private const int EntriesPerSweep = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string User, string Client), SampledRate> _rates = [];
    private int _sweepAt = EntriesPerSweep;
    private volatile QuotaLimits _limits = QuotaLimits.None;

    public QuotaLimits Limits
    {
        get => _limits;
        set => _limits = value;
    }

    /// <summary>Counts a value; for how long, in ms, its client is to be held back.</summary>
    public int Charge(string user, string clientId, double value)
    {
        if (_limits is not { IsEmpty: false } limits || !limits.TryFind(user, clientId, out var sharedBy, out var limit))
        {
            return 0;
        }

        var nowMs = clock.NowMs;
        lock (_lock)
        {
            var rate = RateOf(sharedBy, nowMs);
            rate.Record(value, nowMs);
            return (int)Math.Min(rate.ThrottleMs(limit, nowMs), Math.Min(throttleMsMax, int.MaxValue));
        }
    }

    /// <summary>Takes back what was counted for something that is not done after all.</summary>
    public void TakeBack(string user, string clientId, double value)
    {
        if (_limits.TryFind(user, clientId, out var sharedBy, out _))
        {
            var nowMs = clock.NowMs;
            lock (_lock)
            {
                RateOf(sharedBy, nowMs).Record(-value, nowMs);
            }
        }
    }

    /// <summary>What, charged at once, is throttled in any case.</summary>
    public double ValueMax(string user, string clientId) =>
        _limits is { IsEmpty: false } limits && limits.TryFind(user, clientId, out _, out var limit)
            ? limit * (samples - 1) * windowSeconds
            : double.MaxValue;

    private SampledRate RateOf((string User, string Client) sharedBy, long nowMs)
    {
        if (!_rates.TryGetValue(sharedBy, out var rate))
        {
            Sweep(nowMs);
            _rates.Add(sharedBy, rate = new(samples, windowSeconds * 1000L));
        }

        return rate;
    }

    /// <summary>Clients may invent ids: what was not used for an hour goes when many have come.</summary>
    private void Sweep(long nowMs)
    {
        if (_rates.Count < _sweepAt)
        {
            return;
        }

        foreach (var (sharedBy, rate) in _rates)
        {
            if (nowMs - rate.LastRecordMs >= IdleMsMax)
            {
                _rates.Remove(sharedBy);
            }
        }

        _sweepAt = Math.Max(EntriesPerSweep, 2 * _rates.Count);
    }
}
