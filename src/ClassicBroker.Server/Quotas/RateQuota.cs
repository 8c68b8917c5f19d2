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
    private readonly Lock _lock = new();
    private readonly QuotaEntries<MeasuredRate> _rates = new(rate => rate.Rate.LastRecordMs);
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
    public void TakeBack(string user, string clientId, double value) => Count(user, clientId, -value);

    /// <summary>Counts a value for which no one is held back now.</summary>
    public void Count(string user, string clientId, double value)
    {
        if (_limits.TryFind(user, clientId, out var sharedBy, out _))
        {
            var nowMs = clock.NowMs;
            lock (_lock)
            {
                RateOf(sharedBy, nowMs).Rate.Record(value, nowMs);
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
                .. _rates.InOrder.Select(entry => new QuotaUsage(
                    entry.Key.User,
                    entry.Key.Client,
                    entry.Value.Rate.Measure(nowMs),
                    nowMs - entry.Value.Rate.LastRecordMs < samples * windowSeconds * 1000L ? entry.Value.ThrottleMs : 0)),
            ];
        }
    }

    private MeasuredRate RateOf((string User, string Client) sharedBy, long nowMs)
    {
        if (!_rates.TryGet(sharedBy, out var rate))
        {
            rate = new(new(samples, windowSeconds * 1000L));
            _rates.Add(sharedBy, rate, nowMs);
        }

        return rate;
    }

    private sealed class MeasuredRate(SampledRate rate)
    {
        public SampledRate Rate => rate;

        public int ThrottleMs { get; set; }
    }
}
