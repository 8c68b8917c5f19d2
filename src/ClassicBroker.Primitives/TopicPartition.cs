namespace ClassicBroker.Primitives;

/// <summary>A partition of a topic by name. Ordered by topic, ordinally, then by partition; prints as <c>topic-partition</c>.</summary>
public readonly record struct TopicPartition(string Topic, int Partition) : IComparable<TopicPartition>
{
    /// <summary>
    /// Splits <c>topic-partition</c> at its last dash, as log directory names are split; false where no partition number follows.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TopicPartition partition)
    {
        var dash = text.LastIndexOf('-');
        if (dash > 0
            && int.TryParse(
                text[(dash + 1)..],
                System.Globalization.NumberStyles.None,
                System.Globalization.CultureInfo.InvariantCulture,
                out var number))
        {
            partition = new(text[..dash].ToString(), number);
            return true;
        }

        partition = default;
        return false;
    }

    public int CompareTo(TopicPartition other)
    {
        var topics = string.CompareOrdinal(Topic, other.Topic);
        return topics != 0 ? topics : Partition.CompareTo(other.Partition);
    }

    public static bool operator <(TopicPartition left, TopicPartition right) => left.CompareTo(right) < 0;

    public static bool operator >(TopicPartition left, TopicPartition right) => left.CompareTo(right) > 0;

    public static bool operator <=(TopicPartition left, TopicPartition right) => left.CompareTo(right) <= 0;

    public static bool operator >=(TopicPartition left, TopicPartition right) => left.CompareTo(right) >= 0;

    public override string ToString() => $"{Topic}-{Partition}";
}
