using System.Globalization;

namespace ClassicBroker.Metadata;

/// <summary>The texts of <see cref="MetadataVersion"/>: full (<c>3.9-IV0</c>), and short (<c>3.9</c>), which means its latest IV.</summary>
public static class MetadataVersions
{
    public const MetadataVersion Latest = MetadataVersion.IBP_3_9_IV0;

    private const string VersionPrefix = "IBP_";

    private static readonly (string Full, string Short)[] Names = [.. Enum.GetNames<MetadataVersion>().Select(NamesOf)];

    /// <summary>The full text, such as <c>2.7-IV2</c> or, before there were several of a release, <c>0.9.0</c>.</summary>
    public static string FullName(this MetadataVersion version) => Names[(int)version].Full;

    /// <summary>The release, such as <c>2.7</c>.</summary>
    public static string ShortName(this MetadataVersion version) => Names[(int)version].Short;

    /// <summary>
    /// Reads a full or short text. As Kafka does, only the release part of a longer one counts: <c>2.2.1</c> is <c>2.2</c>,
    /// <c>0.10.0.1</c> is <c>0.10.0</c>. False for a release there never was.
    /// </summary>
    public static bool TryParse(string text, out MetadataVersion version)
    {
        var segments = text.Split('.');
        var key = string.Join('.', segments.Take(text.StartsWith("0.", StringComparison.Ordinal) ? 3 : 2));
        for (var index = Names.Length - 1; index >= 0; index--)
        {
            if (Names[index].Full == key || Names[index].Short == key)
            {
                version = (MetadataVersion)index;
                return true;
            }
        }

        version = default;
        return false;
    }

    private static (string Full, string Short) NamesOf(string member)
    {
        var parts = member[VersionPrefix.Length..].Split('_');
        var hasIv = parts[^1].StartsWith("IV", StringComparison.Ordinal);
        var release = string.Join('.', hasIv ? parts[..^1] : parts);
        return (hasIv ? string.Create(CultureInfo.InvariantCulture, $"{release}-{parts[^1]}") : release, release);
    }
}
