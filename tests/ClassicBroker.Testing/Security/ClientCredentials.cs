namespace ClassicBroker.Testing.Security;

/// <summary>
/// What one user's programs get in with: a file for Java's clients and our tools, and one for librdkafka, which kcat and the drivers of
/// foreign clients find by their environment.
/// </summary>
public sealed record ClientCredentials(string? PropertiesFile, string? LibrdkafkaFile)
{
    /// <summary>Those of a cluster that asks for none.</summary>
    public static ClientCredentials None { get; } = new(null, null);

    /// <summary>The environment of kcat and of the drivers.</summary>
    public IReadOnlyDictionary<string, string> Environment =>
        LibrdkafkaFile is { } file ? new Dictionary<string, string> { ["KCAT_CONFIG"] = file } : new Dictionary<string, string>();

    /// <summary>The lines of the properties file, as our own clients take them.</summary>
    public IEnumerable<KeyValuePair<string, string>> Properties =>
        PropertiesFile is { } file
            ? File.ReadLines(file).Select(line => line.Split('=', 2)).Select(parts => KeyValuePair.Create(parts[0], parts[1]))
            : [];

    /// <summary>The arguments that give the file to a tool, by the option it has for that.</summary>
    public string[] Arguments(string option = "--command-config") => PropertiesFile is { } file ? [option, file] : [];
}
