using System.Globalization;

namespace ClassicBroker.Server.Config;

/// <summary>
/// One configuration key: a line of a key table. <paramref name="DefaultText"/> is written as a file would write it, null where there is
/// none. Immutable.
/// </summary>
public sealed record ConfigKey(
    string Name,
    ConfigType Type,
    string? DefaultText,
    string Documentation,
    ConfigValidator? Validator,
    ConfigUpdateMode UpdateMode)
{
    /// <summary>Keys that supply the value where this one is not set, the first that is set winning.</summary>
    public IReadOnlyList<string> Synonyms { get; private init; } = [];

    /// <summary>Gone from Kafka 3.9, and still understood.</summary>
    public bool IsRetired { get; private init; }

    /// <summary>Left out of documents and of DescribeConfigs.</summary>
    public bool IsInternal { get; private init; }

    public bool IsSensitive => Type == ConfigType.Password;

    public static ConfigKey Boolean(
        string name,
        string? defaultText,
        string documentation,
        ConfigValidator? validator = null,
        ConfigUpdateMode update = ConfigUpdateMode.ReadOnly) =>
        new(name, ConfigType.Boolean, defaultText, documentation, validator, update);

    public static ConfigKey String(
        string name,
        string? defaultText,
        string documentation,
        ConfigValidator? validator = null,
        ConfigUpdateMode update = ConfigUpdateMode.ReadOnly) =>
        new(name, ConfigType.String, defaultText, documentation, validator, update);

    public static ConfigKey Int(
        string name,
        string? defaultText,
        string documentation,
        ConfigValidator? validator = null,
        ConfigUpdateMode update = ConfigUpdateMode.ReadOnly) =>
        new(name, ConfigType.Int, defaultText, documentation, validator, update);

    public static ConfigKey Short(
        string name,
        string? defaultText,
        string documentation,
        ConfigValidator? validator = null,
        ConfigUpdateMode update = ConfigUpdateMode.ReadOnly) =>
        new(name, ConfigType.Short, defaultText, documentation, validator, update);

    public static ConfigKey Long(
        string name,
        string? defaultText,
        string documentation,
        ConfigValidator? validator = null,
        ConfigUpdateMode update = ConfigUpdateMode.ReadOnly) =>
        new(name, ConfigType.Long, defaultText, documentation, validator, update);

    public static ConfigKey Double(
        string name,
        string? defaultText,
        string documentation,
        ConfigValidator? validator = null,
        ConfigUpdateMode update = ConfigUpdateMode.ReadOnly) =>
        new(name, ConfigType.Double, defaultText, documentation, validator, update);

    public static ConfigKey List(
        string name,
        string? defaultText,
        string documentation,
        ConfigValidator? validator = null,
        ConfigUpdateMode update = ConfigUpdateMode.ReadOnly) =>
        new(name, ConfigType.List, defaultText, documentation, validator, update);

    public static ConfigKey Class(
        string name,
        string? defaultText,
        string documentation,
        ConfigValidator? validator = null,
        ConfigUpdateMode update = ConfigUpdateMode.ReadOnly) =>
        new(name, ConfigType.Class, defaultText, documentation, validator, update);

    public static ConfigKey Password(
        string name,
        string? defaultText,
        string documentation,
        ConfigValidator? validator = null,
        ConfigUpdateMode update = ConfigUpdateMode.ReadOnly) =>
        new(name, ConfigType.Password, defaultText, documentation, validator, update);

    public ConfigKey FallingBackTo(params string[] synonyms) => this with { Synonyms = synonyms };

    public ConfigKey Retired() => this with { IsRetired = true };

    public ConfigKey Internal() => this with { IsInternal = true };

    /// <summary>
    /// Reads <paramref name="text"/> as this key's type and applies its rule. Numbers come back boxed, lists as string lists.
    /// </summary>
    /// <exception cref="ConfigException">It does not read as the type, or breaks the rule.</exception>
    public object? Parse(string? text)
    {
        var value = text is null ? null : Read(text.Trim());
        Validator?.Validate(Name, value);
        return value;
    }

    private object Read(string text) =>
        Type switch
        {
            ConfigType.Boolean when text.Equals("true", StringComparison.OrdinalIgnoreCase) => true,
            ConfigType.Boolean when text.Equals("false", StringComparison.OrdinalIgnoreCase) => false,
            ConfigType.Boolean => throw new ConfigException(Name, text, "Expected value to be either true or false"),
            ConfigType.Int => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw NotANumber(text),
            ConfigType.Short => short.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw NotANumber(text),
            ConfigType.Long => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw NotANumber(text),
            ConfigType.Double => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw NotANumber(text),
            ConfigType.List => SplitList(text),
            _ => text,
        };

    private static IReadOnlyList<string> SplitList(string text) => text.Length == 0 ? [] : text.Split(',', StringSplitOptions.TrimEntries);

    private ConfigException NotANumber(string text) => new(Name, text, $"Not a number of type {Type.ToString().ToUpperInvariant()}");
}
