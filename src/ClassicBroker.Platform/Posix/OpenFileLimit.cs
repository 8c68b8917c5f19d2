using System.Runtime.InteropServices;

namespace ClassicBroker.Platform;

/// <summary>How many files and connections the process may have open (<c>ulimit -n</c>). Stateless.</summary>
public static unsafe class OpenFileLimit
{
    private const int NumberOfFiles = 7;

    /// <summary>
    /// Raises the limit to the most the process may set itself, as a Java machine does, and returns it; what it was where that is refused.
    /// </summary>
    public static long RaiseToMost()
    {
        // struct rlimit: 0 current, 1 most.
        var limits = stackalloc ulong[2];
        if (FileCalls.GetLimit(NumberOfFiles, limits) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            throw new StorageException("getrlimit", "RLIMIT_NOFILE", errno, Errno.Describe(errno));
        }

        var current = limits[0];
        if (current < limits[1])
        {
            limits[0] = limits[1];
            current = FileCalls.SetLimit(NumberOfFiles, limits) == 0 ? limits[1] : current;
        }

        return (long)Math.Min(current, long.MaxValue);
    }
}
