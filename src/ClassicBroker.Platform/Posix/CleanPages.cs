using System.Globalization;

namespace ClassicBroker.Platform;

/// <summary>
/// The pages of the executable and its libraries that are mapped and were never written to. Most of what a start reads is not read again,
/// and the kernel maps sixteen pages where one was asked for. Stateless; blocks for less than a millisecond. Threading: any.
/// </summary>
public static unsafe class CleanPages
{
    private const string Mappings = "/proc/self/smaps";
    private const string WrittenPages = "Anonymous:";
    private const int DoNotNeed = 4;

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Unmaps them. The page cache keeps them, and a page that is used again is mapped at its next use without a read from disk. Does
    /// nothing without <c>/proc</c>.
    /// </summary>
    /// <returns>Bytes of address space given back, resident or not.</returns>
    public static long Release()
    {
        if (!File.Exists(Mappings))
        {
            return 0;
        }

        // Whole before the first is unmapped: reading uses code.
        var released = 0L;
        foreach (var (start, length) in Find(File.ReadAllLines(Mappings)))
        {
            // A range that the kernel refuses stays mapped, which costs memory and nothing else.
            released += FileCalls.Advise((void*)start, (nuint)length, DoNotNeed) == 0 ? length : 0;
        }

        return released;
    }

    /// <summary>
    /// Unmaps them once more when the process has settled: its first requests, scrapes and samples need code that rest does not. Nothing
    /// happens where the timer is disposed before.
    /// </summary>
    public static ITimer ReleaseWhenSettled(TimeProvider time) =>
        time.CreateTimer(static _ => Release(), null, Settling, Timeout.InfiniteTimeSpan);

    /// <summary>Address and length of what is private, of a file, not writable, and has no page of its own (proc_pid_smaps(5)).</summary>
    internal static List<(long Start, long Length)> Find(IEnumerable<string> lines)
    {
        List<(long Start, long Length)> found = [];
        (long Start, long Length)? candidate = null;
        foreach (var line in lines)
        {
            if (line.StartsWith(WrittenPages, StringComparison.Ordinal))
            {
                if (candidate is { } range && line.AsSpan(WrittenPages.Length).Trim().SequenceEqual("0 kB"))
                {
                    found.Add(range);
                }

                candidate = null;
            }
            else if (line.IndexOf('-', StringComparison.Ordinal) is > 0 and var dash && line.Split(' ') is [var addresses, var access, ..])
            {
                // A heading: addresses, access, offset, device, inode and path. All other lines are a name, a colon and a number.
                candidate = access is "r-xp" or "r--p" && line.Contains(" /", StringComparison.Ordinal)
                    && TryAddress(addresses.AsSpan(0, dash), out var start) && TryAddress(addresses.AsSpan(dash + 1), out var end)
                    ? (start, end - start)
                    : null;
            }
        }

        return found;
    }

    private static bool TryAddress(ReadOnlySpan<char> digits, out long address) =>
        long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out address);
}
