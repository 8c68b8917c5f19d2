using System.Text.RegularExpressions;

namespace ClassicBroker.Tidy.Tests;

/// <summary>What is written about the project names things that are there.</summary>
public sealed partial class DocumentTests
{
    private static readonly string[] Headings = ["Purpose", "Depends on", "Main files", "Threads", "Formats", "Not here"];

    [Fact]
    public void Every_project_has_a_README_under_the_same_headings()
    {
        Assert.All(Directory.GetDirectories(Path.Combine(RepositoryLayout.Root, "src"), "ClassicBroker.*"), directory =>
        {
            var lines = File.ReadAllLines(Path.Combine(directory, "README.md"));
            var headings = lines.Where(line => line.StartsWith("## ", StringComparison.Ordinal)).Select(line => line[3..]).ToList();
            Assert.Equal(Headings, headings.Where(Headings.Contains));
        });
    }

    [Fact]
    public void Scripts_and_files_that_documents_name_exist()
    {
        var documents = new[] { "README.md", "src/ARCHITECTURE.md", "tests/README.md" }
            .Concat(Directory.GetFiles(Path.Combine(RepositoryLayout.Root, "src"), "*.md", SearchOption.AllDirectories));
        var missing =
            from document in documents.Select(name => Path.Combine(RepositoryLayout.Root, name)).Distinct(StringComparer.Ordinal)
            from Match match in RepositoryFile().Matches(File.ReadAllText(document))
            where !File.Exists(Path.Combine(RepositoryLayout.Root, match.Value))
            select $"{Path.GetRelativePath(RepositoryLayout.Root, document)}: {match.Value}";
        Assert.Equal("", string.Join('\n', missing));
    }

    [Fact]
    public void Decisions_are_numbered_without_a_gap()
    {
        var numbers = Directory.GetFiles(Path.Combine(RepositoryLayout.Root, "src", "Decisions"), "*.md")
            .Select(path => int.Parse(Path.GetFileName(path)[..4]))
            .Order();
        Assert.Equal(Enumerable.Range(1, numbers.Count()), numbers);
    }

    [Fact]
    public void Scripts_of_tools_are_thin()
    {
        const int linesMax = 45;
        Assert.All(
            Directory.GetFiles(Path.Combine(RepositoryLayout.Root, "scripts"), "*.sh").Where(script => Tool().IsMatch(script)),
            script => Assert.True(File.ReadAllLines(script).Length <= linesMax, $"{script} is longer than {linesMax} lines"));
    }

    [GeneratedRegex(@"(?<![\w/.])(scripts|conf|src|tests)/[\w./-]+\.(sh|properties|config|md|cs|txt)")]
    private static partial Regex RepositoryFile();

    [GeneratedRegex(@"/(kafka|zookeeper)-[\w-]+\.sh$")]
    private static partial Regex Tool();
}
