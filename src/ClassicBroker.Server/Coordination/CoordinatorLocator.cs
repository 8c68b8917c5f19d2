using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Server.Topics;

namespace ClassicBroker.Server.Coordination;

/// <summary>
/// Names the broker that coordinates a group or a transactional id: the leader of its partition, wherever that is. Makes the topic where it
/// is not there yet. Threading: any.
/// </summary>
public sealed class CoordinatorLocator(CoordinatorPartitionCounts counts, MetadataCache metadata, AutoTopicCreation creation)
{
    private readonly CoordinatorWhereabouts _whereabouts = new(counts, metadata);

    /// <summary>Starts making the topic of such coordinators where the cluster has none.</summary>
    public async ValueTask EnsureTopicAsync(CoordinatorKind kind)
    {
        if (!metadata.Current.Contains(CoordinatorWhereabouts.TopicOf(kind)))
        {
            await creation.CreateAsync(CoordinatorWhereabouts.TopicOf(kind));
        }
    }

    /// <inheritdoc cref="CoordinatorWhereabouts.Find"/>
    public (int BrokerId, BrokerEndpoint Endpoint)? Find(CoordinatorKind kind, string key, string listener) =>
        _whereabouts.Find(kind, key, listener);
}
