using ClassicBroker.Server.Quotas;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Server.Tests.Quotas;

/// <summary>Rates of bytes or of threads' time against their limits.</summary>
public sealed class RateQuotaTests
{
    private readonly ManualTime _time = new();
    private readonly DateTimeOffset _start;

    public RateQuotaTests() => _start = _time.GetUtcNow();

    [Fact]
    public void What_is_counted_afterwards_holds_the_next_request_back()
    {
        // 11 windows of a second: 120 percent of a second over an assumed 10 s are 12 percent of a thread, against 10.
        var quota = Quota(limit: 10, throttleMsMax: 1_000);
        quota.Count("u", "c", 120);
        quota.Count("other", "c", 1_000_000);
        Assert.Equal(12, quota.Usages().Single().Rate);
        Assert.Equal(0, quota.Usages().Single().ThrottleMs);
        Assert.Equal(1_000, quota.Charge("u", "c", 0));
        Assert.Equal(0, quota.Charge("other", "c", 0));
    }

    [Theory]
    [InlineData(1_000_000, 50_000, long.MaxValue)]
    [InlineData(1_000_000, 10_000, long.MaxValue)]
    [InlineData(10, 0.1, 1_000)]
    [InlineData(200, 3, 1_000)]
    public void A_limit_holds_within_a_tenth_over_ten_windows(double limit, double valueOfRequest, long throttleMsMax)
    {
        // As much as a client sends that takes two milliseconds a request and waits when it is told to.
        const int workMs = 2;
        var quota = Quota(limit, throttleMsMax);
        var sent = new List<(long AtMs, double Value)>();
        while (NowMs < 120_000)
        {
            _time.AdvanceMs(workMs);
            sent.Add((NowMs, valueOfRequest));
            _time.AdvanceMs(quota.Charge("u", "c", valueOfRequest));
        }

        // A burst at the beginning is made up for when it falls out of the windows, as in Kafka: a span may lack, none has more than a
        // tenth too much.
        for (var from = 10_000; from <= 110_000; from += 1_000)
        {
            Assert.InRange(RateIn(from, from + 10_000), 0, limit * 1.1);
        }

        Assert.InRange(RateIn(0, 120_000), limit * 0.9, limit * 1.1);

        double RateIn(int fromMs, int toMs) =>
            sent.Where(request => request.AtMs >= fromMs && request.AtMs < toMs).Sum(request => request.Value) * 1_000 / (toMs - fromMs);
    }

    private long NowMs => (long)(_time.GetUtcNow() - _start).TotalMilliseconds;

    private RateQuota Quota(double limit, long throttleMsMax) =>
        new(new QuotaClock(_time), samples: 11, windowSeconds: 1, throttleMsMax)
        {
            Limits = QuotaLimits.None.With(new(new("u"), null, null), limit),
        };
}
