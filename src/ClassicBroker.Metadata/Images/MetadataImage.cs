using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Metadata.Images;

/// <summary>
/// What a broker knows of the cluster from the controller's UpdateMetadata requests. Immutable: each request makes the next image,
/// which shares all it does not change, and a reader sees one image or the other, whole. Lookups are by hash and allocate nothing.
/// </summary>
public sealed class MetadataImage
{
    /// <summary>Stands for no controller.</summary>
    public const int NoController = -1;

    public static readonly MetadataImage Empty = new(NoController, [], new(StringComparer.Ordinal), []);

    private readonly MetadataBroker[] _brokers;
    private readonly Dictionary<string, TopicImage> _topics;
    private readonly Dictionary<Uuid, TopicImage> _topicsById;

    internal MetadataImage(
        int controllerId,
        MetadataBroker[] brokersAscending,
        Dictionary<string, TopicImage> topics,
        Dictionary<Uuid, TopicImage> topicsById)
    {
        ControllerId = controllerId;
        _brokers = brokersAscending;
        _topics = topics;
        _topicsById = topicsById;
    }

    public int ControllerId { get; }

    /// <summary>Live brokers by id, ascending.</summary>
    public ReadOnlySpan<MetadataBroker> Brokers => _brokers;

    public int TopicCount => _topics.Count;

    /// <summary>All topics, in the order they became known.</summary>
    public Dictionary<string, TopicImage>.ValueCollection Topics => _topics.Values;

    /// <summary>Null where the broker is not alive.</summary>
    public MetadataBroker? Broker(int id)
    {
        var (low, high) = (0, _brokers.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            switch (_brokers[middle].Id.CompareTo(id))
            {
                case 0:
                    return _brokers[middle];
                case < 0:
                    low = middle + 1;
                    break;
                default:
                    high = middle - 1;
                    break;
            }
        }

        return null;
    }

    public bool IsAlive(int brokerId) => Broker(brokerId) is not null;

    public TopicImage? Topic(string name) => _topics.GetValueOrDefault(name);

    public TopicImage? Topic(Uuid id) => _topicsById.GetValueOrDefault(id);

    public bool Contains(string topic) => _topics.ContainsKey(topic);

    public PartitionImage? Partition(TopicPartition partition) => Partition(partition.Topic, partition.Partition);

    public PartitionImage? Partition(string topic, int partition) => Topic(topic)?.Partition(partition);

    /// <summary>The image after a request, and the partitions that it says are being deleted.</summary>
    public MetadataImage Apply(UpdateMetadataRequest request, out IReadOnlyList<TopicPartition> deleted) =>
        new MetadataImageBuilder(_brokers, _topics, _topicsById).Apply(request, out deleted);
}
