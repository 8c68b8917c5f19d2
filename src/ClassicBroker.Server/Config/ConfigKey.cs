using ClassicBroker.Primitives;

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

    /// <summary>Kafka does not have it: listed where it is set only, so that what tools of Kafka see is Kafka's.</summary>
    public bool IsOwn { get; private init; }

    /// <summary>Left out of documents and of DescribeConfigs.</summary>
    public bool IsInternal { get; private init; }

    /// <summary>Why nothing reads the key, in words that end a sentence about it; null where something does.</summary>
    public string? InertBecause { get; private init; }

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

    /// <summary>A key that Kafka does not have.</summary>
    public ConfigKey Own() => this with { IsInternal = true, IsOwn = true };

    /// <summary>The key is accepted and described, and has no effect.</summary>
    public ConfigKey Inert(string because) => this with { InertBecause = because };

    /// <summary>
    /// Reads <paramref name="text"/> as this key's type and applies its rule. Numbers come back boxed, lists as string lists.
    /// </summary>
    /// <exception cref="ConfigException">It does not read as the type, or breaks the rule.</exception>
    public object? Parse(string? text)
    {
        var value = text is null ? null : Read(JavaText.Trim(text));
        Validator?.Validate(Name, value);
        return value;
    }

    /// <summary>The text to store for <paramref name="text"/>, which <see cref="Parse"/> takes: the same value as Java prints it.</summary>
    public string Canonical(string text) => ConfigText.Of(Parse(text)) ?? text;

    private object Read(string text) =>
        Type switch
        {
            ConfigType.Boolean => JavaText.TryParseBoolean(text, out var flag)
                ? flag
                : throw new ConfigException(Name, text, "Expected value to be either true or false"),
            ConfigType.Int => JavaText.TryParseInt(text, out var number) ? number : throw NotANumber(text),
            ConfigType.Short => JavaText.TryParseShort(text, out var number) ? number : throw NotANumber(text),
            ConfigType.Long => JavaText.TryParseLong(text, out var number) ? number : throw NotANumber(text),
            ConfigType.Double => JavaText.TryParseDouble(text, out var number) ? number : throw NotANumber(text),
            ConfigType.List => JavaText.SplitList(text),
            _ => text,
        };

    private ConfigException NotANumber(string text) => new(Name, text, $"Not a number of type {Type.ToString().ToUpperInvariant()}");
}
