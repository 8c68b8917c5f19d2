using System.Globalization;
using ClassicBroker.Metadata;
using ClassicBroker.Primitives;

namespace ClassicBroker.Server.Config;

/// <summary>A rule on the parsed value of a key, worded as Kafka words it. Immutable.</summary>
public sealed class ConfigValidator
{
    private readonly Action<string, object?> _validate;

    private ConfigValidator(string description, Action<string, object?> validate)
    {
        Description = description;
        _validate = validate;
    }

    /// <summary>The rule as documents print it, such as <c>[1,...]</c>.</summary>
    public string Description { get; }

    public static ConfigValidator NonNull { get; } = new(
        "non-null",
        (key, value) =>
        {
            if (value is null)
            {
                throw new ConfigException(key, value, "entry must be non null");
            }
        });

    /// <summary>gzip's levels, and -1 for the library's own choice.</summary>
    public static ConfigValidator GzipLevel { get; } = new(
        "[1,...,9] or -1",
        (key, value) =>
        {
            if (value is not -1)
            {
                RequireBetween(key, value, 1, 9);
            }
        });

    /// <summary>A release name such as <c>2.8-IV1</c>.</summary>
    public static ConfigValidator Release { get; } = new(
        "release name",
        (key, value) =>
        {
            if (value is string name && !MetadataVersions.TryParse(name, out _))
            {
                throw new ConfigException(key, name, $"Version {name} is not a valid version");
            }
        });

    /// <summary>Entries <c>partition:broker</c>, or the single entry <c>*</c>.</summary>
    public static ConfigValidator ThrottledReplicas { get; } = new(
        "[partitionId]:[brokerId],[partitionId]:[brokerId],...",
        (key, value) =>
        {
            if (value is not IReadOnlyList<string> entries || (entries.Count == 1 && entries[0].Trim() == "*"))
            {
                return;
            }

            foreach (var entry in entries)
            {
                var parts = entry.Split(':');
                if (parts.Length != 2 || !parts.All(part => JavaText.TryParseInt(JavaText.Trim(part), out _)))
                {
                    throw new ConfigException(
                        key,
                        string.Join(',', entries),
                        $"{key} must be the literal '*' or a list of replicas in the following format: "
                        + "[partitionId]:[brokerId],[partitionId]:[brokerId],...");
                }
            }
        });

    public static ConfigValidator AtLeast(long least) => new(
        $"[{least},...]",
        (key, value) =>
        {
            if (value is not null && Number(value) < least)
            {
                throw new ConfigException(key, value, $"Value must be at least {least}");
            }
        });

    public static ConfigValidator Between(decimal least, decimal most) => new(
        string.Create(CultureInfo.InvariantCulture, $"[{least},...,{most}]"),
        (key, value) => RequireBetween(key, value, least, most));

    public static ConfigValidator OneOf(params string[] choices) => new(
        $"[{string.Join(", ", choices)}]",
        (key, value) => RequireOneOf(key, (string?)value, choices));

    /// <summary>A text that names something.</summary>
    public static ConfigValidator NonEmpty { get; } = new(
        "non-empty string",
        (key, value) =>
        {
            if (value is string { Length: 0 })
            {
                throw new ConfigException(key, value, "String must be non-empty");
            }
        });

    /// <summary>A list all of whose entries are among <paramref name="choices"/>.</summary>
    public static ConfigValidator EachOf(params string[] choices) => new(
        $"[{string.Join(", ", choices)}]",
        (key, value) =>
        {
            foreach (var entry in (IReadOnlyList<string>?)value ?? [])
            {
                RequireOneOf(key, entry, choices);
            }
        });

    /// <exception cref="ConfigException">The value breaks the rule.</exception>
    public void Validate(string key, object? value) => _validate(key, value);

    private static void RequireOneOf(string key, string? value, string[] choices)
    {
        if (!choices.Contains(value))
        {
            throw new ConfigException(key, value, $"String must be one of: {string.Join(", ", choices)}");
        }
    }

    private static void RequireBetween(string key, object? value, decimal least, decimal most)
    {
        if (value is null)
        {
            return;
        }

        // NaN fails this too, where Kafka takes it.
        if (!(Number(value) >= (double)least))
        {
            throw new ConfigException(key, value, string.Create(CultureInfo.InvariantCulture, $"Value must be at least {least}"));
        }

        if (Number(value) > (double)most)
        {
            throw new ConfigException(key, value, string.Create(CultureInfo.InvariantCulture, $"Value must be no more than {most}"));
        }
    }

    private static double Number(object value) => Convert.ToDouble(value, CultureInfo.InvariantCulture);
}
