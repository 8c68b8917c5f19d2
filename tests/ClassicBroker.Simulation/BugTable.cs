using ClassicBroker.Simulation.Bugs;
using ClassicBroker.Simulation.Runs;

namespace ClassicBroker.Simulation;

/// <summary>
/// Measures how many seeds each planted bug survives, and prints it as a table: from three starting points, each with a limit, so that it ends
/// in a bounded time. A bug is caught by an invariant that it is said to break, in a run that is clean without it. Stateless.
/// </summary>
internal static class BugTable
{
    private const int StartingPoints = 3;
    private const ulong Distance = 100_000;
    private const int SeedsMax = 500;

    /// <summary>Zero where every bug was caught from every starting point.</summary>
    public static int Print(Options options, TextWriter output)
    {
        var seedsMax = options.Seeds > 1 ? options.Seeds : SeedsMax;
        IReadOnlyList<string> names = options.Bug is { } one ? [one] : PlantedBugs.Names;
        var results = new string[names.Count];
        var missed = 0;
        var next = -1;
        Thread[] threads =
        [
            .. Enumerable.Range(0, options.Jobs).Select(_ => new Thread(() =>
            {
                for (var index = Interlocked.Increment(ref next); index < results.Length; index = Interlocked.Increment(ref next))
                {
                    results[index] = Row(names[index], seedsMax, out var isCaught);
                    Interlocked.Add(ref missed, isCaught ? 0 : 1);
                    Console.Error.WriteLine(results[index]);
                }
            })),
        ];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        output.WriteLine(
            $"""
            # Planted bugs

            Mistakes that a broker could make, planted in simulated runs one at a time, and the invariants that catch them. Each is run from
            {StartingPoints} starting points, seed by seed, for {seedsMax} seeds at most, until a run that is clean without it breaks an
            invariant that it is said to break; the figures are seeds. Made by `scripts/simulate.sh --table`.

            """);
        output.WriteLine("| planted bug | the mistake | caught by | median seeds | most |");
        output.WriteLine("|---|---|---|---|---|");
        foreach (var row in results)
        {
            output.WriteLine(row);
        }

        return missed == 0 ? 0 : 1;
    }

    private static string Row(string name, int seedsMax, out bool isCaught)
    {
        var bug = PlantedBugs.Make(name)!;
        var counts = new List<int>();
        var invariants = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var start = 0; start < StartingPoints && counts.Count == start; start++)
        {
            for (var count = 1; count <= seedsMax; count++)
            {
                var attempt = Attempt.At(Scenario.Draw(((ulong)start * Distance) + (ulong)count), name);
                if (attempt.Invariant is { } invariant
                    && bug.Invariants.Contains(invariant)
                    && Attempt.At(attempt.Scenario, bugName: null).IsClean)
                {
                    counts.Add(count);
                    invariants[invariant] = invariants.GetValueOrDefault(invariant) + 1;
                    break;
                }
            }
        }

        isCaught = counts.Count == StartingPoints;
        counts.Sort();
        var caughtBy = string.Join(", ", invariants.OrderByDescending(entry => entry.Value).Select(entry => entry.Key));
        var figures = isCaught ? $"{counts[StartingPoints / 2]} | {counts[^1]}" : $"not in {seedsMax} | –";
        return $"| `{name}` | {bug.What} | {caughtBy} | {figures} |";
    }
}
