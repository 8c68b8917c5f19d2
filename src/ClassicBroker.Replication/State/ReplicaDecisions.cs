using ClassicBroker.Primitives;
using ClassicBroker.Replication.Followers;
using ClassicBroker.Replication.Partitions;

namespace ClassicBroker.Replication.State;

/// <summary>
/// What a controller's request changed, for those to act on who fetch for followers and who coordinate: the change itself is done. Made by
/// <see cref="ReplicaStateChanges"/>, one a request.
/// </summary>
public sealed class ReplicaDecisions
{
    private readonly List<Partition> _led = [];
    private readonly List<Following> _followed = [];
    private readonly List<TopicPartition> _leaderless = [];
    private readonly List<TopicPartition> _stopped = [];
    private readonly List<TopicPartition> _deleted = [];

    /// <summary>This broker leads them from now on, or in a later epoch than before.</summary>
    public IReadOnlyList<Partition> Led => _led;

    /// <summary>Another broker leads them from now on, or in a later epoch than before.</summary>
    public IReadOnlyList<Following> Followed => _followed;

    /// <summary>Followed by this broker, and led by none for now.</summary>
    public IReadOnlyList<TopicPartition> Leaderless => _leaderless;

    /// <summary>Their replicas take no part any more; the deleted ones among them are in <see cref="Deleted"/> too.</summary>
    public IReadOnlyList<TopicPartition> Stopped => _stopped;

    /// <summary>Their logs are gone.</summary>
    public IReadOnlyList<TopicPartition> Deleted => _deleted;

    /// <summary>Partitions that must not be fetched for any more from where they were.</summary>
    public IEnumerable<TopicPartition> NotFetched =>
        _led.Select(partition => partition.TopicPartition).Concat(_leaderless).Concat(_stopped);

    /// <summary>
    /// Has this broker refused to lead because a crash cost its log committed records? The controller takes such a replica for one on a
    /// failed disk, and must be asked to look again once another leads.
    /// </summary>
    public bool HasSuspects { get; internal set; }

    internal void Lead(Partition partition) => _led.Add(partition);

    internal void Follow(Partition partition, Uuid topicId, PartitionAssignment assignment)
    {
        if (assignment.Leader < 0)
        {
            _leaderless.Add(partition.TopicPartition);
        }
        else
        {
            _followed.Add(new Following(partition, topicId, assignment.Leader, new LeaderEpoch(assignment.LeaderEpoch)));
        }
    }

    internal void Stop(TopicPartition partition, bool isDeleted)
    {
        _stopped.Add(partition);
        if (isDeleted)
        {
            _deleted.Add(partition);
        }
    }
}
