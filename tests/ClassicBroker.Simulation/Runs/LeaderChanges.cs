using ClassicBroker.Primitives;

namespace ClassicBroker.Simulation.Runs;

/// <summary>
/// The leader epochs that ZooKeeper has held, and how much of each log was known as committed when one of them ended: what leaders took
/// without waiting for replicas may be lost only there (H16). Threading: the run's thread.
/// </summary>
internal sealed class LeaderChanges
{
    private readonly Dictionary<TopicPartition, List<Change>> _changes = [];

    /// <summary>
    /// An epoch is the current one, and what is below an offset was committed before it. To be called before anything newer is taken for
    /// committed.
    /// </summary>
    public void Note(TopicPartition partition, int leaderEpoch, long committedBefore)
    {
        if (!_changes.TryGetValue(partition, out var changes))
        {
            _changes[partition] = changes = [];
        }

        if (changes.Count == 0 || changes[^1].LeaderEpoch < leaderEpoch)
        {
            changes.Add(new(leaderEpoch, committedBefore));
        }
    }

    /// <summary>May a record be gone that a leader took in an epoch? Only where that epoch ended before the record was committed.</summary>
    public bool MayHaveLost(TopicPartition partition, int leaderEpoch, long offset) =>
        _changes.TryGetValue(partition, out var changes)
        && changes.Find(change => change.LeaderEpoch > leaderEpoch) is { } next
        && next.CommittedBefore <= offset;

    public override string ToString() =>
        string.Join("; ", _changes.Select(entry => $"{entry.Key}: {string.Join(", ", entry.Value)}"));

    private sealed record Change(int LeaderEpoch, long CommittedBefore)
    {
        public override string ToString() => $"epoch {LeaderEpoch} from {CommittedBefore} on";
    }
}
