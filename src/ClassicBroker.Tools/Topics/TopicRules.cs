using System.Text.RegularExpressions;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Topics;

/// <summary>What <c>kafka-topics.sh</c> checks and warns of before it asks anybody. Stateless.</summary>
internal static class TopicRules
{
    private const string AdminOperation = "org.apache.kafka.server.common.AdminOperationException";

    private static readonly TimeSpan PatternTimeout = TimeSpan.FromSeconds(1);

    /// <summary>The brokers' metrics write both as underscores.</summary>
    public static void WarnOfCollisions(string topic, TextWriter output)
    {
        if (topic.Contains('.') || topic.Contains('_'))
        {
            output.WriteLine(
                "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could collide. "
                + "To avoid issues it is best to use either, but not both.");
        }
    }

    /// <summary>A pattern of names: a regular expression that must match whole, or several separated by commas or bars.</summary>
    public static Regex Pattern(string text)
    {
        var names = text.Trim().Replace(',', '|').Replace(" ", "", StringComparison.Ordinal).TrimStart('"', '\'').TrimEnd('"', '\'');
        var pattern = $@"\A(?:{names})\z";
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        }
        catch (NotSupportedException)
        {
            // Lookarounds and back references need the engine that may take long; it gets a bound.
            return new Regex(pattern, RegexOptions.CultureInvariant, PatternTimeout);
        }
        catch (ArgumentException invalid)
        {
            throw new ToolException($"{text} is an invalid regex.", invalid);
        }
    }

    /// <exception cref="ToolException">The text is no id.</exception>
    public static Uuid Id(string text) =>
        Uuid.TryParse(text, out var id)
            ? id
            : throw new ToolException(
                $"Input string `{text}` decoded as {DecodedLength(text)} bytes, which is not equal to the expected 16 bytes "
                + "of a base64-encoded UUID");

    /// <summary>Reads <c>1:2,2:3</c>: brokers of each partition, from 0 on.</summary>
    public static IReadOnlyList<IReadOnlyList<int>> Assignment(string text)
    {
        List<IReadOnlyList<int>> partitions = [];
        foreach (var entry in text.Split(','))
        {
            var brokers = entry.Split(':').Select(Broker).ToArray();
            var repeated = brokers.GroupBy(broker => broker).Where(group => group.Count() > 1).Select(group => group.Key).ToArray();
            if (repeated.Length > 0)
            {
                throw new JavaFailure(
                    "org.apache.kafka.server.common.AdminCommandFailedException",
                    $"Partition replica lists may not contain duplicate entries: {string.Join(", ", repeated)}");
            }

            if (partitions.Count > 0 && partitions[0].Count != brokers.Length)
            {
                throw new JavaFailure(
                    AdminOperation, $"Partition {partitions.Count} has different replication factor: [{string.Join(", ", brokers)}]");
            }

            partitions.Add(brokers);
        }

        return partitions;
    }

    /// <summary>Reads <c>key=value</c> pairs, of which each must have a value.</summary>
    public static Dictionary<string, string> Configs(IReadOnlyList<string> pairs)
    {
        var configs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in pairs)
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new ToolException(
                    "requirement failed: Invalid topic config: all configs to be added must be in the format \"key=val\".");
            }

            configs[pair[..equals].Trim()] = pair[(equals + 1)..].Trim();
        }

        return configs;
    }

    /// <summary>The number a topic is configured with; null where that is none.</summary>
    public static int? MinInsyncReplicas(string? text) => text is not null && JavaText.TryParseInt(text, out var number) ? number : null;

    /// <summary>How many bytes a text of base64 stands for.</summary>
    private static int DecodedLength(string text) => text.Length * 6 / 8;

    private static int Broker(string text) =>
        JavaText.TryParseInt(text.Trim(), out var id)
            ? id
            : throw new ToolException($"For input string: \"{text.Trim()}\"");
}
