using System.Diagnostics;
using System.Globalization;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>
/// How many clusters of three brokers the simulator runs in a second on one core, start of the program and compilation included. Runs last
/// longer than ten simulated seconds: faults heal, and all there is gets read. What is told is per ten.
/// </summary>
internal static class SimulationRows
{
    private const int Seeds = 600;
    private const double RunSeconds = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>On one core, and with the heap that <c>scripts/simulate.sh</c> gives it.</summary>
    private static readonly string[] Command =
        ["-c", "0", "env", "DOTNET_GCgen0size=0x4000000", RepositoryLayout.Program("ClassicBroker.Simulation"), "--plain", "--jobs", "1"];

    public static async Task<string[]> MeasureAsync()
    {
        List<double> rates = [];
        for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
        {
            var clock = Stopwatch.StartNew();
            var run = (await ChildProcess.RunAsync(
                "taskset", [.. Command, "--seeds", $"{Seeds}", "--seed", $"{1 + (repeat * Seeds)}"], limit: Patience)).RequireSuccess();
            rates.Add(SimulatedSeconds(run.Text) / RunSeconds / clock.Elapsed.TotalSeconds);
        }

        return [$"{BenchmarkTable.Number(BenchmarkTable.Median(rates), "clusters of ten simulated seconds a second")}", "", "", ""];
    }

    /// <summary>Out of "600 clean, 0 failed, 8400 simulated seconds".</summary>
    private static double SimulatedSeconds(string output)
    {
        var words = output.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return double.Parse(words[Array.IndexOf(words, "simulated") - 1], CultureInfo.InvariantCulture);
    }
}
