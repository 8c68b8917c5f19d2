using ClassicBroker.Primitives;

namespace ClassicBroker.Storage;

/// <summary>
/// Names of partition directories: <c>topic-partition</c>, and with an id and a suffix while a log is on its way in or out.
/// </summary>
internal static class PartitionDirectoryName
{
    public const string DeleteSuffix = "-delete";
    public const string FutureSuffix = "-future";
    public const string StraySuffix = "-stray";

    private const int NameMax = 255;
    private const int IdLength = 32;

    public static string Of(TopicPartition partition) => partition.ToString();

    /// <summary><c>topic-partition.id-delete</c>, the topic cut short where a file name may not be that long.</summary>
    public static string ForDeletion(TopicPartition partition, Uuid id) => Unique(partition, id, DeleteSuffix);

    public static string ForFuture(TopicPartition partition, Uuid id) => Unique(partition, id, FutureSuffix);

    /// <summary>
    /// The name under which a log goes whose place another takes: that one's id tells a start after a crash which of the two was to stay.
    /// </summary>
    public static string ForReplaced(TopicPartition partition, string futureName) => Unique(partition, IdOf(futureName), DeleteSuffix);

    /// <summary>The id in the name of a directory on its way in or out.</summary>
    public static string IdOf(string name) => name.Substring(name.LastIndexOf('.') + 1, IdLength);

    public static bool IsFuture(string name) => IsUnique(name, FutureSuffix);

    public static bool IsDeleted(string name) => IsUnique(name, DeleteSuffix);

    public static bool IsStray(string name) => IsUnique(name, StraySuffix);

    /// <summary>The partition a directory belongs to; false for directories that are no partition's.</summary>
    public static bool TryParse(string name, out TopicPartition partition)
    {
        var isUnique = IsDeleted(name) || IsFuture(name) || IsStray(name);
        return TopicPartition.TryParse(isUnique ? name.AsSpan(0, name.LastIndexOf('.')) : name, out partition);
    }

    private static string Unique(TopicPartition partition, Uuid id, string suffix)
    {
        Span<byte> bytes = stackalloc byte[Uuid.Size];
        id.Write(bytes);
        return Unique(partition, Convert.ToHexStringLower(bytes), suffix);
    }

    private static string Unique(TopicPartition partition, string id, string suffix)
    {
        var tail = $"-{partition.Partition}.{id}{suffix}";
        var topic = partition.Topic;
        return (topic.Length + tail.Length > NameMax ? topic[..(NameMax - tail.Length)] : topic) + tail;
    }

    private static bool IsUnique(string name, string suffix)
    {
        var dot = name.LastIndexOf('.');
        return dot > 0 && name.EndsWith(suffix, StringComparison.Ordinal) && name.Length - dot - 1 - suffix.Length == IdLength;
    }
}
