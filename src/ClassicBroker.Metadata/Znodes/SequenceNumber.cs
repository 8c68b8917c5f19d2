using System.Globalization;

namespace ClassicBroker.Metadata.Znodes;

/// <summary>The number ZooKeeper appends to the name of a sequential znode.</summary>
public static class SequenceNumber
{
    /// <summary>Reads the number after <paramref name="prefix"/>; false for names that are not of that sequence.</summary>
    public static bool TryParse(string name, string prefix, out long number)
    {
        number = 0;
        return name.StartsWith(prefix, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(prefix.Length), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }
}
