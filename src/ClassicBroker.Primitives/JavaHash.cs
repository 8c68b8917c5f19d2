namespace ClassicBroker.Primitives;

/// <summary>Java's <c>String.hashCode</c>, which fixes the coordinator partition of a group and of a transactional id.</summary>
public static class JavaHash
{
    public static int OfString(ReadOnlySpan<char> text)
    {
        var hash = 0;
        foreach (var unit in text)
        {
            hash = unchecked((31 * hash) + unit);
        }

        return hash;
    }

    /// <summary>Kafka's <c>Utils.abs</c>: the plain absolute value, and 0 for the one number that has none.</summary>
    public static int Abs(int value) => value == int.MinValue ? 0 : Math.Abs(value);
}
