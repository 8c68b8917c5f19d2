using System.IO.Compression;
using System.Reflection;
using System.Text.RegularExpressions;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>What <c>kafka-topics --describe</c> printed after a step of a recorded life. Immutable.</summary>
/// <param name="Step">The step's name, as <c>06-0-restarted</c>.</param>
/// <param name="Filter">The option beside <c>--describe</c>; empty where all was shown.</param>
/// <param name="Output">Standard output, its tabs as two spaces.</param>
internal sealed partial record RecordedDescription(string Step, string Filter, string Output)
{
    private const string Command = "\n$ kafka-topics.sh --describe ";

    /// <summary>All of a life: text files after lines <c># name</c>, each of several commands, compressed with Brotli.</summary>
    public static IReadOnlyList<RecordedDescription> Read(string life)
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Timed.{life}")!;
        using var reader = new StreamReader(new BrotliStream(resource, CompressionMode.Decompress));
        List<RecordedDescription> descriptions = [];
        foreach (var step in ("\n" + reader.ReadToEnd()).Split("\n# ").Skip(1))
        {
            var commands = step.Split(Command);
            descriptions.AddRange(commands.Skip(1).Select(command =>
            {
                var lines = command.Split('\n', 2);
                return new RecordedDescription(commands[0].Trim(), lines[0].Trim(), lines is [_, var output] ? output : "");
            }));
        }

        return descriptions;
    }

    /// <summary>
    /// An output as it is compared: lines in order, ISRs as sets, without ids, and without the configs that the recorded brokers had beside
    /// those of topics.
    /// </summary>
    public static string Masked(string output)
    {
        var lines = output.Replace("\t", "  ", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
        {
            var masked = TopicId().Replace(line, "TopicId: ID");
            masked = Configs().Replace(masked, "");
            return Isr().Replace(masked, isr => string.Join(',', isr.Value.Split(',').Order(StringComparer.Ordinal))).TrimEnd();
        });
        return string.Join('⏎', lines.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"TopicId: \S+")]
    private static partial Regex TopicId();

    [GeneratedRegex(@"Configs: .*$")]
    private static partial Regex Configs();

    [GeneratedRegex(@"(?<=Isr: )[\d,]+")]
    private static partial Regex Isr();
}
