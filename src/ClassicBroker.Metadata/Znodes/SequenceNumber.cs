using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Znodes;

/// <summary>The number ZooKeeper appends to the name of a sequential znode.</summary>
public static class SequenceNumber
{
    /// <summary>Reads the number after <paramref name="prefix"/>; false for names that are not of that sequence.</summary>
    public static bool TryParse(string name, string prefix, out long number)
    {
        number = 0;
        return name.StartsWith(prefix, StringComparison.Ordinal)
            && JavaText.TryParseLong(name.AsSpan(prefix.Length), out number);
    }
}
