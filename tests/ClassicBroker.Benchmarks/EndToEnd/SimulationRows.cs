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

    /// <summary>On one core.</summary>
    private static readonly string[] Command = ["-c", "0", RepositoryLayout.Program("ClassicBroker.Simulation"), "--plain", "--jobs", "1"];

    /// <summary>What <c>scripts/simulate.sh</c> sets.</summary>
    private static readonly Dictionary<string, string> Surroundings = new()
    {
        ["DOTNET_GCgen0size"] = "0x4000000",
        ["DOTNET_EnableWriteXorExecute"] = "0",
    };

    public static async Task<string[]> MeasureAsync()
    {
        List<double> rates = [];
        for (var repeat = 0; repeat < BenchmarkTable.Repeats; repeat++)
        {
            var clock = Stopwatch.StartNew();
            string[] arguments = [.. Command, "--seeds", $"{Seeds}", "--seed", $"{1 + (repeat * Seeds)}"];
            var run = (await ChildProcess.RunAsync("taskset", arguments, limit: Patience, environment: Surroundings)).RequireSuccess();
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
