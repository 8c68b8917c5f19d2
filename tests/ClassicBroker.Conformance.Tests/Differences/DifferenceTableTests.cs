using System.Text.RegularExpressions;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Conformance.Tests.Differences;

/// <summary>The table itself: well formed, of known parts, and without references to tests that are gone.</summary>
public sealed class DifferenceTableTests
{
    /// <summary>The parts of the suite; each verifies the rows with its name.</summary>
    private static readonly string[] Parts =
    [
        "authorization", "frames", "groups", "group-commands", "group-commands-2.2.2", "life-commands", "logs", "orders", "orders-2.2.2", "replication", "replication-2.2.2", "start", "tokens", "tools", "transactions",
        "wire", "zookeeper", "zookeeper-2.2.2",
    ];

    [Fact]
    public void Every_pattern_belongs_to_a_part_or_names_a_test()
    {
        Assert.All(
            DifferenceTable.Load().Rows.SelectMany(row => row.Patterns),
            pattern => Assert.True(
                pattern.StartsWith("test ", StringComparison.Ordinal) || Parts.Contains(pattern.Split(": ")[0]),
                pattern));
    }

    [Fact]
    public void Tests_that_rows_name_exist()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(RepositoryLayout.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Select(File.ReadAllText)
            .ToList();
        Assert.All(
            DifferenceTable.Load().Tests,
            test => Assert.Contains(sources, source => Regex.IsMatch(source, $@"\b{Regex.Escape(test)}\(")));
    }

    [Fact]
    public void A_row_without_a_pattern_is_refused()
    {
        const string row = "| this | that | because | 0.1 | nothing |";
        Assert.Throws<FormatException>(() => DifferenceTable.Parse(row));
    }

    [Fact]
    public void Rows_are_read_with_their_patterns()
    {
        var table = DifferenceTable.Parse(
            """
            | Kafka 3.9.2 | ClassicBroker | Why | Since | Checked by |
            |---|---|---|---|---|
            | this | that | because | 0.1 | `wire: Fetch v*: * -> *`, `test Some_test` |
            """);
        Assert.Equal(["wire: Fetch v*: * -> *"], table.PatternsOf("wire"));
        Assert.Equal(["Some_test"], table.Tests);
        Assert.True(MeantDifference.Matches(table.PatternsOf("wire").Single(), "wire: Fetch v4 here: 1 -> 2"));
        Assert.False(MeantDifference.Matches(table.PatternsOf("wire").Single(), "wire: Produce v4 here: 1 -> 2"));
    }
}
