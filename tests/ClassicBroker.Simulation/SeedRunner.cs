using ClassicBroker.Simulation.Bugs;
using ClassicBroker.Simulation.Runs;

namespace ClassicBroker.Simulation;

/// <summary>
/// Runs the seeds of a command line on as many threads as it allows, one run on one thread, and tells what failed, shrunk, with the command
/// that runs it again. Threading: one caller.
/// </summary>
internal sealed class SeedRunner(Options options, TextWriter output)
{
    private readonly Lock _lock = new();
    private long _next;
    private int _clean;
    private int _failed;
    private double _simulatedSeconds;
    private bool _isOver;

    /// <summary>Zero where all were clean, or where the planted bug was caught.</summary>
    public int Run()
    {
        Thread[] threads = [.. Enumerable.Range(0, Math.Clamp(options.Jobs, 1, options.Seeds)).Select(_ => new Thread(RunSeeds))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        output.WriteLine($"{_clean} clean, {_failed} failed, {_simulatedSeconds:F0} simulated seconds");
        return (options.Bug is null) == (_failed == 0) ? 0 : 1;
    }

    private void RunSeeds()
    {
        while (Interlocked.Increment(ref _next) - 1 is var number && number < options.Seeds && !Volatile.Read(ref _isOver))
        {
            var seed = options.Seed + (ulong)number;
            var drawn = options.HasTransactions ? Scenario.DrawWithTransactions(seed) : options.IsPlain ? Scenario.DrawPlainOfThree(seed) : Scenario.Draw(seed);
            var scenario = (options.Like is { } like ? PlantedBugs.Make(like)!.Adapt(drawn.WithoutTransactions) : drawn) with { Kept = options.Faults };
            Take(Attempt.At(scenario, options.Bug, options is { Logs: true, Seeds: 1 } ? output : null));
        }
    }

    private void Take(Attempt attempt)
    {
        if (attempt.IsClean)
        {
            lock (_lock)
            {
                _clean++;
                _simulatedSeconds += attempt.Outcome.Simulated.TotalSeconds;
                if (options.IsVerbose)
                {
                    output.WriteLine(
                        $"seed {attempt.Scenario.Seed}: clean, {attempt.Outcome.Acknowledged} acknowledged, {attempt.Outcome.Consumed} consumed, "
                        + $"{attempt.Outcome.Transactions} transactions, "
                        + $"trace {attempt.Outcome.Trace:x16}");
                }
            }

            return;
        }

        Volatile.Write(ref _isOver, options.Bug is not null);
        var smallest = options is { Faults: null, Logs: false } ? Shrinker.Shrink(attempt, options.Bug) : attempt;
        lock (_lock)
        {
            _failed++;
            output.WriteLine($"seed {attempt.Scenario.Seed} broke {attempt.Invariant}: {smallest.Message}");
            output.WriteLine($"of {smallest.Scenario}");
            output.WriteLine($"again: {Command(smallest)}");
        }
    }

    private string Command(Attempt attempt)
    {
        var faults = attempt.Scenario.Kept switch
        {
            null => "",
            [] => " --faults none",
            var kept => $" --faults {string.Join(',', kept)}",
        };
        var bug = options.Bug is not null ? $" --bug {options.Bug}" : options.Like is not null ? $" --like {options.Like}" : "";
        return $"scripts/simulate.sh --seed {attempt.Scenario.Seed}{(options.HasTransactions ? " --transactions" : options.IsPlain ? " --plain" : "")}{bug}{faults}";
    }
}
