using System.Globalization;

namespace ClassicBroker.Protocol.Generator;

/// <summary>The indented lines under <c>api</c> and <c>data</c>: key, versions, flexible, deprecated.</summary>
internal sealed class SchemaAttributes
{
    private string? _flexible;

    public int? Key { get; private set; }

    public VersionRange Versions { get; private set; } = VersionRange.None;

    public VersionRange Flexible { get; private set; } = VersionRange.None;

    public VersionRange Deprecated { get; private set; } = VersionRange.None;

    /// <summary>Takes one line; returns what is wrong with it, or null.</summary>
    public string? Accept(string[] words)
    {
        if (words.Length != 2)
        {
            return "expected 'attribute value'";
        }

        VersionRange range;
        switch (words[0])
        {
            case "key" when short.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var key):
                Key = key;
                return null;
            case "versions" when VersionRange.TryParse(words[1], -1, out range):
                Versions = range;
                return null;
            case "deprecated" when VersionRange.TryParse(words[1], -1, out range):
                Deprecated = range;
                return null;
            case "flexible":
                _flexible = words[1];
                return null;
            default:
                return $"'{words[0]} {words[1]}' is not an attribute";
        }
    }

    /// <summary>Call once after the last line; returns what is missing, or null.</summary>
    public string? Complete()
    {
        if (Versions.IsEmpty)
        {
            return "needs 'versions N-M'";
        }

        if (_flexible is null)
        {
            return null;
        }

        var understood = VersionRange.TryParse(_flexible, Versions.High, out var flexible) && flexible.High == Versions.High;
        Flexible = understood ? flexible : VersionRange.None;
        return understood ? null : $"'flexible {_flexible}' must reach from one version to the last";
    }
}
