using System.Globalization;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Conformance.Tests.Differences;

/// <summary>
/// What one part of the suite compared with Kafka. An observation is a line <c>part: what was compared: recorded -> ours</c>; every one
/// that differs must match a pattern of the table, and every pattern of the part must match one. Threading: one test.
/// </summary>
public sealed class ConformanceReport(string part)
{
    private const int ListedMax = 2_000;

    private readonly List<string> _differences = [];
    private readonly List<string> _arrived = [];
    private readonly SortedDictionary<string, int> _missing = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _leftOut = new(StringComparer.Ordinal);
    private int _equal;

    /// <summary>Observations that differ, as patterns are matched against them.</summary>
    public IReadOnlyList<string> Differences => _differences;

    public void Equal() => _equal++;

    public void Differs(string what, string recorded, string ours) => _differences.Add($"{part}: {what}: {recorded} -> {ours}");

    public void Compare(string what, string recorded, string ours)
    {
        if (recorded == ours)
        {
            Equal();
        }
        else
        {
            Differs(what, recorded, ours);
        }
    }

    /// <summary>Something recorded that cannot be compared until a subsystem exists.</summary>
    public void NotYet(string subsystem) =>
        _missing[subsystem] = _missing.GetValueOrDefault(subsystem) + 1;

    /// <summary>Something recorded that this part cannot ask again, and why.</summary>
    public void LeftOut(string reason) => _leftOut[reason] = _leftOut.GetValueOrDefault(reason) + 1;

    /// <summary>Something that was compared and waits for a subsystem; once it agrees it must no longer be listed as waiting.</summary>
    public void NotYet(string subsystem, string what, bool agrees)
    {
        if (agrees)
        {
            _arrived.Add($"{part}: {what} ({subsystem})");
        }
        else
        {
            NotYet(subsystem);
        }
    }

    /// <summary>Prints the counts, and fails on a difference without a row and on a row without a difference.</summary>
    public void Verify(ITestOutputHelper output)
    {
        var patterns = DifferenceTable.Load().PatternsOf(part).ToList();
        var unexplained = _differences.Where(seen => !patterns.Exists(pattern => MeantDifference.Matches(pattern, seen))).ToList();
        var stale = patterns.Where(pattern => !_differences.Exists(seen => MeantDifference.Matches(pattern, seen))).ToList();
        var counts = Counts(_differences.Count - unexplained.Count);
        output.WriteLine(counts);
        Publish(counts);
        Assert.True(
            unexplained.Count == 0 && stale.Count == 0 && _arrived.Count == 0,
            $"{counts}\n{unexplained.Count} unexplained:\n{string.Join('\n', unexplained.Take(ListedMax))}\n"
            + $"{stale.Count} rows of docs/differences-from-kafka.md that no longer differ:\n{string.Join('\n', stale)}\n"
            + $"{_arrived.Count} that are listed as not yet and agree:\n{string.Join('\n', _arrived)}");
    }

    private string Counts(int meant)
    {
        var compared = _equal + _differences.Count;
        var leftOut = _leftOut.Count == 0 ? "" : $", left out {Sum(_leftOut)}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{part}: compared {compared}, equal {_equal}, meant {meant}, not yet {Sum(_missing)}{leftOut}");
    }

    /// <summary>How many, and for which reasons.</summary>
    private static string Sum(SortedDictionary<string, int> counts)
    {
        var reasons = string.Join(", ", counts.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Key} {entry.Value}")));
        return string.Create(
            CultureInfo.InvariantCulture, $"{counts.Values.Sum()}{(reasons.Length > 0 ? $" ({reasons})" : "")}");
    }

    /// <summary>Where <c>scripts/test.sh</c> finds the counts to print.</summary>
    private void Publish(string counts)
    {
        var directory = Directory.CreateDirectory(Path.Combine(RepositoryLayout.Root, "artifacts", "conformance"));
        File.WriteAllText(Path.Combine(directory.FullName, $"{part}.txt"), counts + "\n");
    }
}
