using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>
/// Waits for the time at which the next record of a fixed rate is due. It sleeps in the kernel and turns only for the last moment: a load
/// that turns all the time would take one of the machine's cores from what it measures.
/// </summary>
internal static partial class Pace
{
    /// <summary>How late the kernel may wake a thread, its timers' slack (50 µs) included.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMicroseconds(100);

    /// <param name="due">A time of <see cref="Stopwatch.GetTimestamp"/>.</param>
    public static void WaitUntil(long due)
    {
        for (var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due); left > TimeSpan.Zero;)
        {
            if (left > Slack)
            {
                var sleep = new KernelTime(0, (long)(left - Slack).TotalNanoseconds);
                _ = Sleep(in sleep, IntPtr.Zero);
            }

            left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
        }
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int Sleep(in KernelTime wanted, IntPtr left);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct KernelTime(long Seconds, long Nanoseconds);
}
