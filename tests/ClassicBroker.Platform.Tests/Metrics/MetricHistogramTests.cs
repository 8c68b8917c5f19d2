using ClassicBroker.Platform.Metrics;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Platform.Tests.Metrics;

public sealed class MetricHistogramTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly MeterScope _meters;
    private readonly MetricHistogram _histogram;

    public MetricHistogramTests()
    {
        _meters = new MeterScope(_time);
        _histogram = _meters.Histogram("kafka.test:type=T,name=H", "A distribution.");
    }

    public void Dispose() => _meters.Dispose();

    [Theory]
    [InlineData(0.5, 5_000)]
    [InlineData(0.75, 7_500)]
    [InlineData(0.95, 9_500)]
    [InlineData(0.98, 9_800)]
    [InlineData(0.99, 9_900)]
    [InlineData(0.999, 9_990)]
    public void Percentiles_are_within_three_percent(double fraction, double expected)
    {
        using var reading = new MeterReading(_meters);
        for (var value = 1; value <= 10_000; value++)
        {
            _histogram.Record(value);
        }

        Assert.InRange(_histogram.Percentile(fraction), expected * 0.97, expected * 1.03);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.001, 0.001)]
    [InlineData(0.031, 0.031)]
    [InlineData(-5, 0)]
    public void Microseconds_are_told_apart(double value, double expected)
    {
        using var reading = new MeterReading(_meters);
        _histogram.Record(value);
        Assert.Equal(expected, _histogram.Percentile(0.5), 6);
    }

    [Fact]
    public void What_is_larger_than_all_buckets_counts_in_the_last()
    {
        using var reading = new MeterReading(_meters);
        _histogram.Record(double.MaxValue);
        Assert.Equal(1, _histogram.Count);
        Assert.InRange(_histogram.Percentile(1), 2e9, 2.3e9);
    }

    [Fact]
    public void Nothing_is_kept_while_no_listener_wants_it()
    {
        _histogram.Record(1);
        Assert.False(_histogram.IsObserved);
        Assert.Equal(0, _histogram.Count);
    }

    [Fact]
    public void Recording_allocates_nothing()
    {
        using var reading = new MeterReading(_meters);
        _histogram.Record(1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            _histogram.Record(i);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_listener_sees_percentiles_count_and_sum()
    {
        using var reading = new MeterReading(_meters);
        _histogram.Record(2);
        _histogram.Record(2);
        var read = reading.Read();
        Assert.Equal(
            [
                "kafka.test.T.H.Count",
                "kafka.test.T.H.Sum",
                "kafka.test.T.H{quantile=0.50}",
                "kafka.test.T.H{quantile=0.75}",
                "kafka.test.T.H{quantile=0.95}",
                "kafka.test.T.H{quantile=0.98}",
                "kafka.test.T.H{quantile=0.999}",
                "kafka.test.T.H{quantile=0.99}",
            ],
            read.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(2, read["kafka.test.T.H.Count"]);
        Assert.Equal(4, read["kafka.test.T.H.Sum"]);
        Assert.InRange(read["kafka.test.T.H{quantile=0.99}"], 1.94, 2.06);
    }

    [Fact]
    public void What_is_older_than_ten_minutes_is_in_no_percentile_but_still_in_the_count()
    {
        using var reading = new MeterReading(_meters);
        reading.Read();
        _histogram.Record(1000);
        _time.AdvanceMs(301_000);
        Assert.InRange(reading.Read()["kafka.test.T.H{quantile=0.50}"], 970, 1030);
        _time.AdvanceMs(301_000);
        _histogram.Record(1);
        Assert.InRange(reading.Read()["kafka.test.T.H{quantile=0.999}"], 0.97, 1.03);
        Assert.Equal(2, reading.Read()["kafka.test.T.H.Count"]);
    }

    [Fact]
    public void Of_several_with_tags_those_are_shown_that_have_a_value_and_are_not_removed()
    {
        var family = _meters.Histograms("kafka.test:type=T,name=F", "Distributions.");
        using var reading = new MeterReading(_meters);
        var (first, second) = (family.Of(new KeyValuePair<string, object?>("k", "1")), family.Of(new KeyValuePair<string, object?>("k", "2")));
        second.Record(1);
        Assert.DoesNotContain("kafka.test.T.F.Count{k=1}", reading.Read().Keys);
        Assert.Contains("kafka.test.T.F.Count{k=2}", reading.Read().Keys);
        first.Record(1);
        family.Remove(second);
        Assert.Contains("kafka.test.T.F.Count{k=1}", reading.Read().Keys);
        Assert.DoesNotContain("kafka.test.T.F.Count{k=2}", reading.Read().Keys);
    }
}
