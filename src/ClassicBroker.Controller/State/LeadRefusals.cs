using ClassicBroker.Primitives;

namespace ClassicBroker.Controller.State;

/// <summary>
/// Replicas that were elected and did not take the lead since their broker came: a crash cost them committed records, or their disk failed.
/// They are not elected again, but as a last resort. Known to one activation only; its successor asks them again.
/// Threading: the controller's loop.
/// </summary>
internal sealed class LeadRefusals
{
    private readonly Dictionary<TopicPartition, SortedSet<int>> _replicas = [];

    public void Add(TopicPartition partition, int replica)
    {
        if (!_replicas.TryGetValue(partition, out var refused))
        {
            _replicas[partition] = refused = [];
        }

        refused.Add(replica);
    }

    public bool Contains(TopicPartition partition, int replica) =>
        _replicas.TryGetValue(partition, out var refused) && refused.Contains(replica);

    /// <summary>Has any replica of the partition refused?</summary>
    public bool Any(TopicPartition partition) => _replicas.ContainsKey(partition);

    /// <summary>The partition has a leader, or is gone.</summary>
    public void Forget(TopicPartition partition) => _replicas.Remove(partition);

    /// <summary>The broker is gone; when it comes back it is asked again.</summary>
    public void Forget(int broker)
    {
        foreach (var (partition, refused) in _replicas.ToArray())
        {
            if (refused.Remove(broker) && refused.Count == 0)
            {
                _replicas.Remove(partition);
            }
        }
    }
}
