namespace ClassicBroker.Primitives;

/// <summary>The options of a Java virtual machine as <c>KAFKA_OPTS</c> holds them. Stateless.</summary>
public static class JavaOptions
{
    /// <summary>The variable that Kafka's scripts hand to Java.</summary>
    public const string Variable = "KAFKA_OPTS";

    private const string PropertyPrefix = "-D";

    public static IReadOnlyList<string> Split(string? options) =>
        (options ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>The system properties that options set, <c>-Dname=value</c>; the last of a name counts.</summary>
    public static IReadOnlyDictionary<string, string> SystemProperties(string? options)
    {
        var properties = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var option in Split(options).Where(option => option.StartsWith(PropertyPrefix, StringComparison.Ordinal)))
        {
            var assignment = option[PropertyPrefix.Length..].Split('=', 2);
            properties[assignment[0]] = assignment.Length == 2 ? assignment[1] : "";
        }

        return properties;
    }

    /// <summary>The options but for those that set one of these system properties.</summary>
    public static string Without(string? options, IReadOnlyCollection<string> properties) =>
        string.Join(' ', Split(options).Where(
            option => !properties.Any(property => option.StartsWith($"{PropertyPrefix}{property}", StringComparison.Ordinal))));
}
