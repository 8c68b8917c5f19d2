using System.Runtime.InteropServices;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>The machine below the runs.</summary>
internal static partial class Machine
{
    /// <summary>
    /// How TCP paces new connections. BBR takes its rate from round trips of a microsecond on the loopback device and is three times as
    /// fast in one run as in the next; <c>scripts/bench.sh</c> sees to it that another is used where it may.
    /// </summary>
    public static string CongestionControl => File.ReadAllText("/proc/sys/net/ipv4/tcp_congestion_control").Trim();

    /// <summary>Writes back what earlier runs left in the page cache, so that no run pays for another's bytes.</summary>
    public static void Settle() => sync();

    [LibraryImport("libc")]
    private static partial void sync();
}
