using System.Diagnostics;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>What a run of a client cost.</summary>
/// <param name="PerSecond">Messages a second.</param>
/// <param name="CpuNanoseconds">Processor time of this process, a message.</param>
/// <param name="AllocatedBytes">Of the managed heap, a message.</param>
internal readonly record struct PeerFigures(double PerSecond, double CpuNanoseconds, double AllocatedBytes)
{
    public static async Task<PeerFigures> MeasureAsync(int count, Func<Task> run)
    {
        var begin = Begin();
        await run();
        return Since(begin, count);
    }

    public static PeerFigures Measure(int count, Action run)
    {
        var begin = Begin();
        run();
        return Since(begin, count);
    }

    /// <summary>The cells of a row: ours, the peer's, the peer's processor time over ours, and the bytes allocated.</summary>
    public static string[] Row(List<PeerFigures> ours, List<PeerFigures> theirs)
    {
        var cpu = BenchmarkTable.Median(ours.Zip(theirs, (our, their) => their.CpuNanoseconds / our.CpuNanoseconds));
        var rate = BenchmarkTable.Median(ours.Zip(theirs, (our, their) => our.PerSecond / their.PerSecond));
        return
        [
            Text(ours),
            $"Confluent.Kafka {Text(theirs)}",
            FormattableString.Invariant($"{rate:0.00} x msg/s, {cpu:0.00} x less CPU"),
            FormattableString.Invariant($"{Median(ours, run => run.AllocatedBytes):0} B, peer {Median(theirs, run => run.AllocatedBytes):0} B a message"),
        ];
    }

    private static string Text(List<PeerFigures> runs) => FormattableString.Invariant(
        $"{Median(runs, run => run.PerSecond) / 1e6:0.00} M/s, {Median(runs, run => run.CpuNanoseconds):0} ns CPU");

    private static double Median(List<PeerFigures> runs, Func<PeerFigures, double> figure) => BenchmarkTable.Median(runs.Select(figure));

    private static (long Time, TimeSpan Cpu, long Bytes) Begin()
    {
        GC.Collect();
        return (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(precise: true));
    }

    private static PeerFigures Since((long Time, TimeSpan Cpu, long Bytes) begin, int count) => new(
        count / Stopwatch.GetElapsedTime(begin.Time).TotalSeconds,
        (Environment.CpuUsage.TotalTime - begin.Cpu).TotalNanoseconds / count,
        (double)(GC.GetTotalAllocatedBytes(precise: true) - begin.Bytes) / count);
}
