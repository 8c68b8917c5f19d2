namespace ClassicBroker.Transport.Tests;

/// <summary>Kafka's own numbers, of its ClientQuotaManagerTest.</summary>
public sealed class SampledRateTests
{
    private readonly SampledRate _rate = new(11, 1_000);
    private long _nowMs = 1_000_000;

    [Fact]
    public void A_spike_above_the_bound_is_throttled_until_the_rate_is_back()
    {
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(0, Record(400));
            _nowMs += 1_000;
        }

        // 400 * 10 + 2300 = 6300 in 10.5 s are 600 a second: (600 - 500) / 500 * 10.5 s.
        _nowMs += 500;
        Assert.Equal(2_100, Record(2_300));

        // A sample counts while it overlaps the eleven windows that are measured.
        for (var i = 0; i < 11; i++)
        {
            Record(400);
            _nowMs += 1_000;
        }

        Assert.Equal(0, Record(0));
    }

    [Fact]
    public void All_windows_but_the_last_count_before_they_have_passed()
    {
        // 11000 in an assumed 10 s are 1100 a second.
        Assert.Equal(12_000, Record(11_000));
        Assert.Equal(1_100, _rate.Measure(_nowMs), 1e-9);
    }

    [Fact]
    public void What_is_taken_back_counts_no_more()
    {
        Assert.Equal(12_000, Record(11_000));
        _rate.Record(-11_000, _nowMs);
        Assert.Equal(0, _rate.ThrottleMs(500, _nowMs));
    }

    [Fact]
    public void Samples_without_events_in_the_measured_time_are_dropped()
    {
        Record(11_000);
        _nowMs += 11_000;
        Assert.Equal(0, _rate.Measure(_nowMs));
    }

    private long Record(double value)
    {
        _rate.Record(value, _nowMs);
        return _rate.ThrottleMs(500, _nowMs);
    }
}
