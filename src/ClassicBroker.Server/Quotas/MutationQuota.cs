using ClassicBroker.Transport;

namespace ClassicBroker.Server.Quotas;

/// <summary>
/// <c>controller_mutation_rate</c>: partitions created and deleted per second, as buckets of tokens that hold what all sample windows
/// together allow (KIP-599). Strict requests are refused while a bucket is below zero; others are done and held back. Threading: any loop;
/// the buckets are under the quota's own lock.
/// </summary>
internal sealed class MutationQuota(QuotaClock clock, int samples, int windowSeconds)
{
    private readonly Lock _lock = new();
    private readonly QuotaEntries<Bucket> _buckets = new(bucket => bucket.FilledAtMs);
    private volatile QuotaLimits _limits = QuotaLimits.None;

    public QuotaLimits Limits
    {
        get => _limits;
        set => _limits = value;
    }

    public bool IsLimited(string user, string clientId) => _limits.TryFind(user, clientId, out _, out _);

    /// <summary>
    /// Takes tokens; whether the mutation may be done, and for how long the client is to be held back. One that may not takes none.
    /// </summary>
    public (bool MayBeDone, int ThrottleMs) Charge(string user, string clientId, int mutations, bool isStrict)
    {
        if (!_limits.TryFind(user, clientId, out var sharedBy, out var rate))
        {
            return (true, 0);
        }

        lock (_lock)
        {
            var bucket = Filled(sharedBy, rate);
            if (isStrict && bucket.Tokens < 0)
            {
                bucket.ThrottleMs = ThrottleMs(bucket, rate);
                return (false, bucket.ThrottleMs);
            }

            Take(bucket, rate, mutations);
            bucket.ThrottleMs = isStrict ? 0 : ThrottleMs(bucket, rate);
            return (true, bucket.ThrottleMs);
        }
    }

    /// <summary>Takes tokens for what is done in any case and holds no one back now; who mutates next is.</summary>
    public void Count(string user, string clientId, int mutations)
    {
        if (_limits.TryFind(user, clientId, out var sharedBy, out var rate))
        {
            lock (_lock)
            {
                Take(Filled(sharedBy, rate), rate, mutations);
            }
        }
    }

    /// <summary>How much each limit is used, in the order of users and clients.</summary>
    public IReadOnlyList<QuotaUsage> Usages()
    {
        var nowMs = clock.NowMs;
        lock (_lock)
        {
            return
            [
                .. _buckets.InOrder.Select(entry => new QuotaUsage(
                    entry.Key.User,
                    entry.Key.Client,
                    entry.Value.Rate.Measure(nowMs),
                    nowMs - entry.Value.FilledAtMs < samples * windowSeconds * 1000L ? entry.Value.ThrottleMs : 0)
                {
                    Tokens = entry.Value.Tokens,
                }),
            ];
        }
    }

    private Bucket Filled((string User, string Client) sharedBy, double rate)
    {
        var nowMs = clock.NowMs;
        if (!_buckets.TryGet(sharedBy, out var bucket))
        {
            bucket = new Bucket(samples, windowSeconds) { Tokens = BurstOf(rate), FilledAtMs = nowMs };
            _buckets.Add(sharedBy, bucket, nowMs);
        }

        bucket.Tokens = Math.Min(BurstOf(rate), bucket.Tokens + (rate * (nowMs - bucket.FilledAtMs) / 1000.0));
        bucket.FilledAtMs = nowMs;
        return bucket;
    }

    private void Take(Bucket bucket, double rate, int mutations)
    {
        bucket.Tokens = Math.Min(BurstOf(rate), bucket.Tokens - mutations);
        bucket.Rate.Record(mutations, bucket.FilledAtMs);
    }

    private double BurstOf(double rate) => samples * windowSeconds * rate;

    private static int ThrottleMs(Bucket bucket, double rate) =>
        bucket.Tokens >= 0 ? 0 : (int)Math.Min(int.MaxValue, Math.Floor((-bucket.Tokens / rate * 1000) + 0.5));

    private sealed class Bucket(int samples, int windowSeconds)
    {
        public SampledRate Rate { get; } = new(samples, windowSeconds * 1000L);

        public int ThrottleMs { get; set; }

        public double Tokens { get; set; }

        public long FilledAtMs { get; set; }
    }
}
