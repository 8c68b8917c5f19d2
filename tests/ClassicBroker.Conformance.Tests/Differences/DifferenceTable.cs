using System.Reflection;
using System.Text.RegularExpressions;

namespace ClassicBroker.Conformance.Tests.Differences;

/// <summary>
/// The tables of <c>docs/differences-from-kafka.md</c>: all that we do otherwise than Kafka 3.9 on purpose. What differs from a recording
/// for another reason (the recording lacks a frame, Kafka 2.2 does otherwise than 3.9) is excused by the lists next to the comparisons:
/// those of <c>AcceptedOrder</c> for orders, and that of <c>AskedByHand</c> for answers. A row's last column holds, in backticks, either
/// <c>part: pattern</c> (<c>*</c> stands for any text, <c>?</c> for any character) for what a part of this suite observes, or
/// <c>test Name</c> for a test elsewhere that holds it.
/// </summary>
public sealed partial class DifferenceTable
{
    private const int Columns = 5;

    private DifferenceTable(IReadOnlyList<MeantDifference> rows) => Rows = rows;

    public IReadOnlyList<MeantDifference> Rows { get; }

    /// <summary>Names of the tests that rows refer to.</summary>
    public IEnumerable<string> Tests => Rows.SelectMany(row => row.Patterns).Where(IsTest).Select(pattern => pattern["test ".Length..]);

    public static DifferenceTable Load()
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream("differences-from-kafka.md")!;
        using var reader = new StreamReader(resource);
        return Parse(reader.ReadToEnd());
    }

    public static DifferenceTable Parse(string text) =>
        new([.. text.Split('\n').Where(line => line.StartsWith('|')).Select(Row).OfType<MeantDifference>()]);

    /// <summary>The patterns that the observations of a part are held against.</summary>
    public IEnumerable<string> PatternsOf(string part) =>
        Rows.SelectMany(row => row.Patterns).Where(pattern => pattern.StartsWith($"{part}: ", StringComparison.Ordinal));

    private static bool IsTest(string pattern) => pattern.StartsWith("test ", StringComparison.Ordinal);

    private static MeantDifference? Row(string line)
    {
        var cells = CellBorder().Split(line.Trim().Trim('|')).Select(cell => cell.Trim()).ToArray();
        if (cells[0].StartsWith("---", StringComparison.Ordinal) || cells[0] == "Kafka 3.9.2")
        {
            return null;
        }

        var patterns = cells.Length == Columns ? Quoted().Matches(cells[^1]).Select(match => match.Groups[1].Value).ToArray() : [];
        return patterns.Length > 0 && cells.All(cell => cell.Length > 0)
            ? new(cells[0], cells[1], patterns)
            : throw new FormatException($"a row needs {Columns} cells and a pattern in the last: {line}");
    }

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex CellBorder();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
