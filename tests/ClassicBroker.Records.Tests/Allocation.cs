namespace ClassicBroker.Records.Tests;

/// <summary>
/// Measures what an action allocates on the managed heap: the least of several runs, because the shared array pool may be trimmed by a
/// collection at any moment and then allocates what it would otherwise have had at hand.
/// </summary>
internal static class Allocation
{
    private const int Runs = 8;

    public static long Of(Action action)
    {
        var least = long.MaxValue;
        for (var run = 0; run < Runs; run++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
