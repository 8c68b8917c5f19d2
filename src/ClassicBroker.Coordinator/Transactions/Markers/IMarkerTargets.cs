using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Coordinator.Transactions.Markers;

/// <summary>
/// Where the markers of transactions go: the leaders of partitions, this broker among them. Threading: the coordinator's loop.
/// </summary>
public interface IMarkerTargets
{
    /// <summary>The broker to write a partition's markers; null while none leads it, and where the partition is not known.</summary>
    int? LeaderOf(TopicPartition partition);

    /// <summary>Whether a partition without a leader has been deleted for certain; false while that cannot be told.</summary>
    ValueTask<bool> IsDeletedAsync(TopicPartition partition);

    /// <summary>Has a broker write markers; null where it could not be reached or did not answer.</summary>
    Task<WriteTxnMarkersResponse?> WriteAsync(int brokerId, WriteTxnMarkersRequest request);
}
