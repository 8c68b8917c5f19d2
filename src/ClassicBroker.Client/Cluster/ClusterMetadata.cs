using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Cluster;

/// <summary>
/// The cluster as one metadata response, merged with those before it, tells of it. Immutable: swapped whole, read from any thread.
/// </summary>
internal sealed class ClusterMetadata
{
    public static readonly ClusterMetadata Empty = new(null, -1, [], new Dictionary<string, TopicMetadata>());

    private readonly Dictionary<string, TopicMetadata> _topics;

    private ClusterMetadata(string? clusterId, int controllerId, BrokerNode[] nodes, Dictionary<string, TopicMetadata> topics)
    {
        ClusterId = clusterId;
        ControllerId = controllerId;
        Nodes = nodes;
        _topics = topics;
    }

    public string? ClusterId { get; }

    /// <summary>The controller's id, -1 where none is known.</summary>
    public int ControllerId { get; }

    /// <summary>Live brokers by id, ascending.</summary>
    public BrokerNode[] Nodes { get; }

    public IReadOnlyDictionary<string, TopicMetadata> Topics => _topics;

    public TopicMetadata? Topic(string name) => _topics.GetValueOrDefault(name);

    public PartitionMetadata? Partition(in TopicPartition partition) => Topic(partition.Topic)?.Find(partition.Partition);

    /// <summary>The live broker that leads a partition; null where none does.</summary>
    public int? LeaderOf(in TopicPartition partition) => Partition(partition) is { } known ? Node(known.LeaderId)?.Id : null;

    /// <summary>Why <see cref="LeaderOf"/> knows no leader.</summary>
    public KafkaException Leaderless(TopicPartition partition) =>
        new(Partition(partition) is null ? ErrorCode.UnknownTopicOrPartition : ErrorCode.LeaderNotAvailable) { TopicPartition = partition };

    public BrokerNode? Node(int id) => Array.Find(Nodes, node => node.Id == id);

    /// <summary>
    /// Asks for topics; null for all there are. To ask for all, or for none, creates none, and only "may create" can be said to brokers
    /// before version 4 of the API; so that is said then.
    /// </summary>
    public static MetadataRequest Question(IReadOnlyCollection<string>? topics, bool mayCreateTopics) => new()
    {
        Topics = topics?.Select(name => new MetadataRequest.MetadataRequestTopic { Name = name }).ToArray(),
        AllowAutoTopicCreation = mayCreateTopics || topics is not { Count: > 0 },
    };

    /// <summary>
    /// This with what <paramref name="response"/> tells in its place: topics it does not mention stay as they are, unless it tells of all
    /// there are, and a partition of which it knows an older leader epoch than we keeps ours.
    /// </summary>
    public ClusterMetadata With(MetadataResponse response, bool isOfAllTopics = false)
    {
        var topics = isOfAllTopics ? [] : new Dictionary<string, TopicMetadata>(_topics);
        foreach (var topic in response.Topics)
        {
            if (topic.Name is not null)
            {
                topics[topic.Name] = Convert(topic, Topic(topic.Name));
            }
        }

        var nodes = response.Brokers
            .Select(broker => new BrokerNode(broker.NodeId, broker.Host, broker.Port, broker.Rack))
            .OrderBy(node => node.Id)
            .ToArray();
        return new ClusterMetadata(response.ClusterId, response.ControllerId, nodes, topics);
    }

    /// <summary>This with a new leader for one partition, learnt from a refusal (KIP-951).</summary>
    public ClusterMetadata WithLeader(in TopicPartition partition, int leaderId, LeaderEpoch leaderEpoch)
    {
        var topic = Topic(partition.Topic);
        var index = topic is null ? -1 : Array.IndexOf(topic.Partitions, topic.Find(partition.Partition));
        if (index < 0 || topic!.Partitions[index].LeaderEpoch >= leaderEpoch.Value || Node(leaderId) is null)
        {
            return this;
        }

        var partitions = (PartitionMetadata[])topic.Partitions.Clone();
        partitions[index] = partitions[index] with { LeaderId = leaderId, LeaderEpoch = leaderEpoch.Value, Error = ErrorCode.None };
        var topics = new Dictionary<string, TopicMetadata>(_topics) { [partition.Topic] = topic with { Partitions = partitions } };
        return new ClusterMetadata(ClusterId, ControllerId, Nodes, topics);
    }

    /// <summary>This without topics that were not asked for lately.</summary>
    public ClusterMetadata Without(IReadOnlyCollection<string> names)
    {
        var topics = new Dictionary<string, TopicMetadata>(_topics);
        foreach (var name in names)
        {
            topics.Remove(name);
        }

        return new ClusterMetadata(ClusterId, ControllerId, Nodes, topics);
    }

    private static TopicMetadata Convert(MetadataResponse.MetadataResponseTopic topic, TopicMetadata? before)
    {
        var partitions = topic.Partitions
            .Select(partition => Newer(Convert(partition), before, topic.TopicId))
            .OrderBy(partition => partition.Partition)
            .ToArray();
        return new TopicMetadata(topic.Name!, topic.TopicId, topic.ErrorCode, topic.IsInternal, partitions);
    }

    private static PartitionMetadata Convert(MetadataResponse.MetadataResponsePartition partition) =>
        new()
        {
            Partition = partition.PartitionIndex,
            Error = partition.ErrorCode,
            LeaderId = partition.LeaderId,
            LeaderEpoch = partition.LeaderEpoch,
            Replicas = partition.ReplicaNodes,
            Isr = partition.IsrNodes,
            OfflineReplicas = partition.OfflineReplicas,
        };

    /// <summary>
    /// A broker behind the others may still tell of a leader that has been followed by another; a recreated topic starts afresh.
    /// </summary>
    private static PartitionMetadata Newer(PartitionMetadata told, TopicMetadata? before, Uuid topicId)
    {
        if (before is null || before.Id != topicId || told.LeaderEpoch < 0)
        {
            return told;
        }

        var known = before.Find(told.Partition);
        return known is not null && known.LeaderEpoch > told.LeaderEpoch ? known : told;
    }
}
