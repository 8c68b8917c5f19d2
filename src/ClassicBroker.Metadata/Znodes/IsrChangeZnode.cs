using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Znodes;

/// <summary>
/// <c>/isr_change_notification/isr_change_N</c>, sequential: partitions whose ISR a leader has changed in ZooKeeper itself.
/// </summary>
public static class IsrChangeZnode
{
    public const string ParentPath = "/isr_change_notification";

    public const string SequencePrefix = "isr_change_";

    public static string Path(string name) => $"{ParentPath}/{ZnodeName.Of("notification", name)}";

    public static byte[] Encode(IEnumerable<TopicPartition> partitions) => PartitionListJson.Encode(partitions);

    public static SortedSet<TopicPartition> Decode(string name, ReadOnlySpan<byte> data) =>
        [.. PartitionListJson.Decode(ZnodeReader.Parse(Path(name), data)).Select(entry => entry.Partition)];
}
