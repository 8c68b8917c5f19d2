using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Topics;

namespace ClassicBroker.Server.Coordination;

/// <summary>
/// Names the broker that coordinates a group or a transactional id: the leader of its partition, wherever that is. Makes the topic where it
/// is not there yet. Threading: any.
/// </summary>
public sealed class CoordinatorLocator(
    CoordinatorPartitionCounts counts, MetadataCache metadata, AutoTopicCreation creation, IEventLoop timers)
{
    /// <summary>
    /// How long a request waits for a topic that is being made. Clients that ask again three times in a third of a second and then never
    /// (librdkafka 2.0 within a transaction) find the coordinator all the same.
    /// </summary>
    private static readonly TimeSpan CreationPatience = TimeSpan.FromSeconds(1);

    private readonly CoordinatorWhereabouts _whereabouts = new(counts, metadata);

    /// <summary>
    /// Makes the topic of such coordinators where the cluster has none, and waits a moment until this broker knows its leaders.
    /// </summary>
    public async ValueTask EnsureTopicAsync(CoordinatorKind kind, RequestContext requester)
    {
        var topic = CoordinatorWhereabouts.TopicOf(kind);
        var image = metadata.Current;
        if (!image.Contains(topic) && await creation.CreateAsync(topic, new(image), requester) == ErrorCode.LeaderNotAvailable)
        {
            await metadata.WaitForAsync(next => next.Contains(topic), CreationPatience, timers);
        }
    }

    /// <inheritdoc cref="CoordinatorWhereabouts.Find"/>
    public (int BrokerId, BrokerEndpoint Endpoint)? Find(CoordinatorKind kind, string key, string listener) =>
        _whereabouts.Find(kind, key, listener);
}
