using ClassicBroker.Platform.Metrics;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Platform.Tests.Metrics;

/// <summary>What the process tells of itself.</summary>
public sealed class ProcessMetricsTests
{
    [Fact]
    public void Files_that_are_opened_are_counted()
    {
        const int Files = 500;
        using var meters = new MeterScope(new ManualTime());
        ProcessMetrics.Register(meters, new ManualTime(), openFilesMax: 7);
        using var reading = new MeterReading(meters);
        var before = Count();
        var open = Enumerable.Range(0, Files).Select(_ => File.OpenRead("/proc/self/status")).ToList();
        var meanwhile = Count();
        open.ForEach(file => file.Dispose());

        // Other tests of the process open and close files too.
        Assert.InRange(meanwhile - before, Files - 100, Files + 100);

        double Count() => reading.Read().Single(value => value.Key.StartsWith("process.open", StringComparison.Ordinal)).Value;
    }
}
