using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Primitives;

namespace ClassicBroker.Server.Coordination;

/// <summary>
/// Names the broker that coordinates a group or a transactional id: the leader of its partition, wherever that is. Threading: any.
/// </summary>
public sealed class CoordinatorWhereabouts(CoordinatorPartitionCounts counts, MetadataCache metadata)
{
    /// <summary>Null where there is none now, or none that this listener's clients can reach: they ask again.</summary>
    public (int BrokerId, BrokerEndpoint Endpoint)? Find(CoordinatorKind kind, string key, string listener)
    {
        var image = metadata.Current;
        var count = kind == CoordinatorKind.Group ? counts.Groups : counts.Transactions;
        var partition = image.Partition(TopicOf(kind), JavaHash.Abs(JavaHash.OfString(key)) % count);
        return partition is not null && image.Broker(partition.Leader)?.Endpoint(listener) is { } endpoint
            ? (partition.Leader, endpoint)
            : null;
    }

    /// <summary>The topic such coordinators keep their state in.</summary>
    public static string TopicOf(CoordinatorKind kind) =>
        kind == CoordinatorKind.Group ? TopicName.ConsumerOffsets : TopicName.TransactionState;
}
