using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace ClassicBroker.Client.Configuration;

/// <summary>
/// Reads a section of an application's configuration as properties of a Kafka client, without reflection. A key is written as Kafka
/// writes it (<c>"bootstrap.servers"</c>), in steps (<c>"bootstrap": { "servers": … }</c>, or <c>bootstrap__servers</c> in an environment
/// variable), or as .NET names it (<c>"BootstrapServers"</c>). An array is a list joined by commas. Stateless.
/// </summary>
internal static class SectionProperties
{
    public static void Read(IConfiguration section, IDictionary<string, string> into)
    {
        foreach (var child in section.GetChildren())
        {
            Read(child, KeyOf(child.Key), into);
        }
    }

    private static void Read(IConfigurationSection section, string key, IDictionary<string, string> into)
    {
        var children = section.GetChildren().ToList();
        if (section.Value is { } value && children.Count == 0)
        {
            into[key] = value;
        }
        else if (children.Count > 0 && children.All(child => IsIndex(child.Key)))
        {
            into[key] = string.Join(',', children.Select(child => child.Value));
        }
        else
        {
            foreach (var child in children)
            {
                Read(child, $"{key}.{KeyOf(child.Key)}", into);
            }
        }
    }

    private static bool IsIndex(string key) => int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    /// <summary><c>MaxPollRecords</c> is <c>max.poll.records</c>; what has a dot or begins small is taken as it is.</summary>
    private static string KeyOf(string key)
    {
        if (key.Length == 0 || !char.IsAsciiLetterUpper(key[0]) || key.Contains('.', StringComparison.Ordinal))
        {
            return key;
        }

        // Environment variables come in capitals throughout.
        return key.Any(char.IsAsciiLetterLower)
            ? string.Concat(key.Select(
                (letter, index) => index > 0 && char.IsAsciiLetterUpper(letter) ? $".{Small(letter)}" : $"{Small(letter)}"))
            : key.Replace('_', '.').ToLowerInvariant();
    }

    private static char Small(char letter) => char.ToLowerInvariant(letter);
}
