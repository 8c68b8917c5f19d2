using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Znodes;

/// <summary><c>/admin/preferred_replica_election</c>: partitions whose preferred leader an operator wants back.</summary>
public static class PreferredReplicaElectionZnode
{
    public const string Path = "/admin/preferred_replica_election";

    public static byte[] Encode(IEnumerable<TopicPartition> partitions) => PartitionListJson.Encode(partitions);

    public static SortedSet<TopicPartition> Decode(ReadOnlySpan<byte> data) =>
        [.. PartitionListJson.Decode(ZnodeReader.Parse(Path, data)).Select(entry => entry.Partition)];
}
