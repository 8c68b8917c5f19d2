using ClassicBroker.Coordinator.Transactions.Markers;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Config;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Server.Coordination;

/// <summary>
/// The way of markers: to the leaders that the metadata names, without the network where that is this broker. Owned by the broker.
/// Threading: the transaction coordinator's loop.
/// </summary>
internal sealed class MarkerTargets(
    BrokerIdentity identity,
    MetadataCache metadata,
    TopicStore topics,
    TransactionMarkerWriter local,
    PeerClients peers,
    DynamicBrokerConfig config,
    TimeProvider time) : IMarkerTargets
{
    private readonly short _version = config.Current.InterBrokerProtocolVersion.WriteTxnMarkersVersion();

    public int? LeaderOf(TopicPartition partition) =>
        metadata.Current.Partition(partition) is { Leader: var leader } && metadata.Current.IsAlive(leader) ? leader : null;

    public async ValueTask<bool> IsDeletedAsync(TopicPartition partition)
    {
        if (metadata.Current.Partition(partition) is not null)
        {
            return false;
        }

        try
        {
            // What this broker has been told may be older than the topic: a marker that is left out here would be missing for good.
            return await topics.GetAsync(partition.Topic) is not { } topic || !topic.Partitions.ContainsKey(partition.Partition);
        }
        catch (ZooKeeperException)
        {
            return false;
        }
    }

    public async Task<WriteTxnMarkersResponse?> WriteAsync(int brokerId, WriteTxnMarkersRequest request)
    {
        if (brokerId == identity.BrokerId.Value)
        {
            return await local.WriteAsync(request, time.UnixMs(), config.Current.RequestTimeoutMs);
        }

        try
        {
            using var response =
                await peers.Of(brokerId).SendAsync<WriteTxnMarkersRequest, WriteTxnMarkersResponse>(request, _version);
            return response.Message;
        }
        catch (PeerUnreachableException)
        {
            // The coordinator tries again, wherever the leader is by then.
            return null;
        }
    }
}
