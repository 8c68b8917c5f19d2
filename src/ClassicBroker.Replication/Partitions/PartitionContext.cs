using ClassicBroker.Primitives;
using ClassicBroker.Storage;

namespace ClassicBroker.Replication.Partitions;

/// <summary>
/// What the roles of one <see cref="Partition"/> share: its lock, its log and who leads it. Threading: written under <see cref="Lock"/>;
/// <see cref="Leadership"/> and <see cref="Log"/> are read by any thread.
/// </summary>
internal sealed class PartitionContext(TopicPartition topicPartition, PartitionEnvironment environment)
{
    private volatile Leadership _leadership = Leadership.None;
    private volatile PartitionLog? _log;
    private long _appointedBrokerEpoch = -1;

    public TopicPartition TopicPartition { get; } = topicPartition;

    public PartitionEnvironment Environment { get; } = environment;

    /// <summary>Taken before the log's lock and never while an event is raised.</summary>
    public Lock Lock { get; } = new();

    public Leadership Leadership
    {
        get => _leadership;
        set => _leadership = value;
    }

    public PartitionLog? Log
    {
        get => _log;
        set => _log = value;
    }

    /// <inheritdoc cref="Partition.AppointedBrokerEpoch"/>
    public long AppointedBrokerEpoch
    {
        get => Interlocked.Read(ref _appointedBrokerEpoch);
        set => Interlocked.Exchange(ref _appointedBrokerEpoch, value);
    }

    public int Local => Environment.LocalBrokerId.Value;
}
