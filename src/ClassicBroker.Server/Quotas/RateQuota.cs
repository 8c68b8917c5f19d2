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
    private readonly Dictionary<(string User, string Client), MeasuredRate> _rates = [];
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
            var measured = RateOf(sharedBy, nowMs);
            measured.Rate.Record(value, nowMs);
            measured.ThrottleMs = (int)Math.Min(measured.Rate.ThrottleMs(limit, nowMs), Math.Min(throttleMsMax, int.MaxValue));
            return measured.ThrottleMs;
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
                RateOf(sharedBy, nowMs).Rate.Record(-value, nowMs);
            }
        }
    }

    /// <summary>What, charged at once, is throttled in any case.</summary>
    public double ValueMax(string user, string clientId) =>
        _limits is { IsEmpty: false } limits && limits.TryFind(user, clientId, out _, out var limit)
            ? limit * (samples - 1) * windowSeconds
            : double.MaxValue;

    /// <summary>How much each limit is used, in the order of users and clients.</summary>
    public IReadOnlyList<QuotaUsage> Usages()
    {
        var nowMs = clock.NowMs;
        lock (_lock)
        {
            return
            [
                .. _rates.OrderBy(entry => entry.Key).Select(entry => new QuotaUsage(
                    entry.Key.User,
                    entry.Key.Client,
                    entry.Value.Rate.Measure(nowMs),
                    nowMs - entry.Value.Rate.LastRecordMs < samples * windowSeconds * 1000L ? entry.Value.ThrottleMs : 0)),
            ];
        }
    }

    private MeasuredRate RateOf((string User, string Client) sharedBy, long nowMs)
    {
        if (!_rates.TryGetValue(sharedBy, out var rate))
        {
            Sweep(nowMs);
            _rates.Add(sharedBy, rate = new(new(samples, windowSeconds * 1000L)));
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
            if (nowMs - rate.Rate.LastRecordMs >= IdleMsMax)
            {
                _rates.Remove(sharedBy);
            }
        }

        _sweepAt = Math.Max(EntriesPerSweep, 2 * _rates.Count);
    }

    private sealed class MeasuredRate(SampledRate rate)
    {
        public SampledRate Rate => rate;

        public int ThrottleMs { get; set; }
    }
}
