using System.Globalization;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>What the kernel says of a process: processor seconds spent resident bytes, open descriptors.</summary>
internal static class ProcessFigures
{
    private const double TicksPerSecond = 100;

    public static double CpuSeconds(int processId)
    {
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        // The name in parentheses may hold spaces; fields are counted after it.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    public static int Descriptors(int processId) => Directory.EnumerateFileSystemEntries($"/proc/{processId}/fd").Count();

    public static double ResidentMegabytes(int processId)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
