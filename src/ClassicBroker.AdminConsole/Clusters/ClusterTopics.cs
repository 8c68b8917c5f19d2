using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.AdminConsole.Clusters;

/// <summary>All topics of the cluster at one time, from which pages, searches and counts are answered. Immutable.</summary>
internal sealed class ClusterTopics
{
    private readonly Dictionary<string, TopicDescription> _byName;
    private readonly HashSet<TopicPartition> _led = [];

    public ClusterTopics(IReadOnlyList<TopicDescription> topics)
    {
        All = topics;
        _byName = topics.ToDictionary(topic => topic.Name, StringComparer.Ordinal);
        foreach (var (topic, partition) in topics.SelectMany(topic => topic.Partitions.Select(partition => (topic, partition))))
        {
            if (partition.Leader >= 0)
            {
                _led.Add(new(topic.Name, partition.Partition));
            }

            Partitions++;
            Replicas += partition.Replicas.Count;
            UnderReplicated += IsUnderReplicated(partition) ? 1 : 0;
            Offline += partition.Leader < 0 ? 1 : 0;
            NotPreferred += partition.Leader >= 0 && partition.Replicas is [var preferred, ..] && preferred != partition.Leader ? 1 : 0;
        }
    }

    public IReadOnlyList<TopicDescription> All { get; }

    public int Partitions { get; }

    public int Replicas { get; }

    public int UnderReplicated { get; }

    public int Offline { get; }

    /// <summary>Partitions that another than their first replica leads.</summary>
    public int NotPreferred { get; }

    public static bool IsUnderReplicated(PartitionDescription partition) => partition.Isr.Count < partition.Replicas.Count;

    public bool HasLeader(TopicPartition partition) => _led.Contains(partition);

    public TopicDescription? Find(string name) => _byName.GetValueOrDefault(name);
}
