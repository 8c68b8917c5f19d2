using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Znodes;

/// <summary>
/// <c>/admin/reassign_partitions</c>: the reassignments an operator asked for through ZooKeeper; entries leave as they finish.
/// </summary>
public static class ReassignPartitionsZnode
{
    public const string Path = "/admin/reassign_partitions";

    public static byte[] Encode(IReadOnlyDictionary<TopicPartition, IReadOnlyList<int>> reassignments) =>
        PartitionListJson.Encode(
            reassignments.OrderBy(entry => entry.Key),
            entry => entry.Key,
            (json, entry) => json.WriteInts("replicas", entry.Value));

    public static SortedDictionary<TopicPartition, IReadOnlyList<int>> Decode(ReadOnlySpan<byte> data)
    {
        var result = new SortedDictionary<TopicPartition, IReadOnlyList<int>>();
        foreach (var (partition, item) in PartitionListJson.Decode(ZnodeReader.Parse(Path, data)))
        {
            result[partition] = item.Ints("replicas");
        }

        return result;
    }
}
