using System.Diagnostics.Metrics;

namespace ClassicBroker.Platform;

/// <summary>
/// What <see cref="BackgroundWork"/> of all kinds tells the <c>System.Diagnostics.Metrics</c> listeners of the process: runs under way and
/// runs failed, tagged with the kind of work and the loop. It only writes. Threading: any.
/// </summary>
internal static class BackgroundWorkMetrics
{
    private static readonly Meter Meter = new("classicbroker.background");

    private static readonly UpDownCounter<int> Running =
        Meter.CreateUpDownCounter<int>("classicbroker.background.running", description: "Runs of background work under way.");

    private static readonly Counter<long> Failures =
        Meter.CreateCounter<long>("classicbroker.background.failures", description: "Runs of background work that ended with an error.");

    public static void Began(string work, string loop) => Running.Add(1, new("work", work), new("loop", loop));

    public static void Ended(string work, string loop) => Running.Add(-1, new("work", work), new("loop", loop));

    public static void Failed(string work, string loop) => Failures.Add(1, new("work", work), new("loop", loop));
}
