using System.Runtime.InteropServices;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>The machine below the runs.</summary>
internal static partial class Machine
{
    private const int WarmedBytes = 768 << 20;
    private const int PageBytes = 4096;

    /// <summary>
    /// How TCP paces new connections. BBR takes its rate from round trips of a microsecond on the loopback device and is three times as
    /// fast in one run as in the next; <c>scripts/bench.sh</c> sees to it that another is used where it may.
    /// </summary>
    public static string CongestionControl => File.ReadAllText("/proc/sys/net/ipv4/tcp_congestion_control").Trim();

    /// <summary>
    /// Evens the ground for a run that writes to the page cache: writes back what earlier runs left there, and has the system give pages
    /// and take them back, so that the run gets some that are there. Where the system is a guest, those that were long free are not: the
    /// host has taken them and gives each back at a fault, which costs more than filling it.
    /// </summary>
    public static unsafe void Settle()
    {
        sync();
        var pages = NativeMemory.Alloc(WarmedBytes);
        for (nuint at = 0; at < WarmedBytes; at += PageBytes)
        {
            ((byte*)pages)[at] = 1;
        }

        NativeMemory.Free(pages);
    }

    [LibraryImport("libc")]
    private static partial void sync();
}
