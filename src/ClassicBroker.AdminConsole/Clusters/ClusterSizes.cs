using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.AdminConsole.Clusters;

/// <summary>
/// What lies in the log directories of the live brokers at one time. Immutable. A broker that does not tell of them has none here.
/// </summary>
internal sealed class ClusterSizes
{
    public static readonly ClusterSizes Unknown = new([]);

    private readonly Dictionary<string, long> _byTopic = new(StringComparer.Ordinal);
    private readonly Dictionary<TopicPartition, long> _byPartition = [];
    private readonly Dictionary<(TopicPartition Partition, int BrokerId), LogDirReplica> _byReplica = [];

    public ClusterSizes(IReadOnlyList<BrokerLogDirs> brokers)
    {
        Directories = [.. brokers.SelectMany(broker => broker.Directories)];
        foreach (var directory in Directories)
        {
            foreach (var replica in directory.Replicas.Where(replica => !replica.IsFuture))
            {
                var topic = replica.Partition.Topic;
                _byTopic[topic] = _byTopic.GetValueOrDefault(topic) + replica.Size;
                _byPartition[replica.Partition] = Math.Max(_byPartition.GetValueOrDefault(replica.Partition), replica.Size);
                _byReplica[(replica.Partition, directory.BrokerId)] = replica;
            }
        }
    }

    public IReadOnlyList<LogDirDescription> Directories { get; }

    public bool IsKnown => Directories.Count > 0;

    /// <summary>Bytes of all replicas of a topic; null where not known.</summary>
    public long? OfTopic(string topic) => IsKnown ? _byTopic.GetValueOrDefault(topic) : null;

    /// <summary>Bytes of the largest replica of a partition; null where not known.</summary>
    public long? OfPartition(TopicPartition partition) => IsKnown ? _byPartition.GetValueOrDefault(partition) : null;

    /// <summary>What one broker has of a partition; null where it has none, or that is not known.</summary>
    public LogDirReplica? OfReplica(TopicPartition partition, int brokerId) =>
        _byReplica.TryGetValue((partition, brokerId), out var replica) ? replica : null;

    /// <summary>Bytes of all replicas on a broker; null where not known.</summary>
    public long? OfBroker(int brokerId) => Directories.Any(directory => directory.BrokerId == brokerId)
        ? Directories.Where(directory => directory.BrokerId == brokerId).Sum(directory => directory.Replicas.Sum(replica => replica.Size))
        : null;
}
