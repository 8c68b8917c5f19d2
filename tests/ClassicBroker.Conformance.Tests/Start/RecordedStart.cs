using System.IO.Compression;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ClassicBroker.Conformance.Tests.Start;

/// <summary>A doubtful configuration that Kafka 3.9.2 was started with, and what came of it.</summary>
/// <param name="Name">What the recording is called.</param>
/// <param name="Config">Properties over those that every start had.</param>
/// <param name="Without">Properties that every other start had.</param>
/// <param name="Arguments">What followed the properties file on the command line; null where there was no file either.</param>
/// <param name="FileText">The whole properties file where it was not made of properties; null otherwise.</param>
/// <param name="HasNoFile">True where there was no properties file.</param>
/// <param name="Outcome"><c>starts</c>, or how the process ended.</param>
/// <param name="Sentences">What Kafka said of it: the texts of its errors and of their causes.</param>
public sealed partial record RecordedStart(
    string Name,
    IReadOnlyDictionary<string, string> Config,
    IReadOnlyList<string> Without,
    IReadOnlyList<string>? Arguments,
    string? FileText,
    bool HasNoFile,
    string Outcome,
    IReadOnlyList<string> Sentences)
{
    private const string Resource = "startup.brotli";

    /// <summary>Beginnings of what Kafka says of every start that fails.</summary>
    private static readonly string[] Commonplaces =
        ["Exiting Kafka due to fatal", "Fatal error during KafkaServer", "Halting Kafka", "[KafkaServer id=", "Kafka server is still starting up",
         "Cannot invoke \"java.nio.channels", "Received a fatal error while waiting", "Unable to start acceptor"];

    /// <summary>All recordings, which stand one after another, each after a line <c># name</c>.</summary>
    public static IReadOnlyList<RecordedStart> ReadAll()
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(new BrotliStream(resource, CompressionMode.Decompress));
        return [.. reader.ReadToEnd().Split("\n# ").Select(text => Parse(text.TrimStart('#', ' ')))];
    }

    private static RecordedStart Parse(string text)
    {
        var lines = text.Split('\n');
        var heading = Heading().Match(lines[1]);
        var how = heading.Groups["how"].Value;
        var arguments = Quoted(how, "arguments");
        var exit = lines.Select(line => Exit().Match(line)).Single(match => match.Success).Groups[1].Value;
        return new(
            lines[0],
            Properties(heading.Groups["config"].Value),
            Quoted(how, "without"),
            arguments is ["-none-"] ? null : arguments,
            FileTextOf(how),
            how == "file text False",
            lines[2] == "[starts]" ? "starts" : $"exit {exit}",
            [.. lines.Select(SentenceOf).OfType<string>()]);
    }

    private static SortedDictionary<string, string> Properties(string json)
    {
        using var parsed = JsonDocument.Parse(json);
        return new(parsed.RootElement.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.ToString()), StringComparer.Ordinal);
    }

    private static string[] Quoted(string how, string keyword) =>
        how.StartsWith(keyword + " (", StringComparison.Ordinal) ? [.. Word().Matches(how).Select(match => match.Groups[1].Value)] : [];

    private static string? FileTextOf(string how) =>
        how.StartsWith("file text '", StringComparison.Ordinal)
            ? how["file text '".Length..^1].Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal)
            : null;

    /// <summary>The text of an exception or of a loud line, without class, time and logger.</summary>
    private static string? SentenceOf(string line)
    {
        var sentence = ExceptionText().Match(line) is { Success: true } exception ? exception.Groups["text"].Value
            : LoudLine().Match(line) is { Success: true } loud ? loud.Groups["text"].Value
            : line.StartsWith("--override", StringComparison.Ordinal) ? line.Trim()
            : null;
        return sentence is null || Commonplaces.Any(beginning => sentence.StartsWith(beginning, StringComparison.Ordinal))
            ? null
            : sentence.Replace("requirement failed: ", "", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^\[config\] (?<config>\{.*?\})( (?<how>.*))?$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\[exit (\S+)\]")]
    private static partial Regex Exit();

    [GeneratedRegex("'([^']*)'")]
    private static partial Regex Word();

    [GeneratedRegex(@"^(Caused by: )?[a-zA-Z0-9_.$]+(Exception|Error): (?<text>.+)$")]
    private static partial Regex ExceptionText();

    [GeneratedRegex(@"^\[[^\]]*\] (ERROR|FATAL) (?<text>.+) \([\w.$]+\)$")]
    private static partial Regex LoudLine();
}
