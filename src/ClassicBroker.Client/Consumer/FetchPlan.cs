using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Consumer;

/// <summary>What one fetch request is to bring, and for whom. Threading: belongs to the client's loop.</summary>
internal sealed class FetchPlan
{
    private readonly List<Entry> _partitions = [];
    private readonly Dictionary<TopicPartition, FetchTarget> _targets = [];

    public IReadOnlyList<Entry> Partitions => _partitions;

    public IReadOnlyDictionary<TopicPartition, FetchTarget> Targets => _targets;

    public bool AllHaveTopicIds { get; private set; } = true;

    public void Add(AssignedPartition state, FetchTarget target)
    {
        _partitions.Add(new Entry(state, state.Generation, target));
        _targets.Add(state.Partition, target);
        AllHaveTopicIds &= !target.TopicId.IsZero;
    }

    public Entry? Find(TopicPartition partition)
    {
        foreach (var entry in _partitions)
        {
            if (entry.State.Partition == partition)
            {
                return entry;
            }
        }

        return null;
    }

    /// <summary>A partition as it stood when the request was made.</summary>
    public readonly record struct Entry(AssignedPartition State, int Generation, FetchTarget Target);
}
