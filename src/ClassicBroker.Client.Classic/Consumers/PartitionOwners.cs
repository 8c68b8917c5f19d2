using ClassicBroker.Metadata.Stores;
using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Classic.Consumers;

/// <summary>
/// The znodes that say which partitions this member owns. All are claimed, or none. Threading: the client's loop.
/// </summary>
internal sealed class PartitionOwners(ConsumerGroupStore store, string group, string consumerId)
{
    private readonly SortedSet<TopicPartition> _claimed = [];

    /// <summary>Claims partitions for the threads that got them; false where another member still owns one of them.</summary>
    public async Task<bool> ClaimAsync(IReadOnlyDictionary<TopicPartition, int> partitions)
    {
        foreach (var (partition, thread) in partitions)
        {
            // Noted first: a claim whose answer is lost is given up like the others.
            _claimed.Add(partition);
            if (!await store.ClaimAsync(group, partition, new StreamThread(consumerId, thread).ToString()))
            {
                await ReleaseAsync();
                return false;
            }
        }

        return true;
    }

    /// <summary>Gives up what was claimed, where it is still ours.</summary>
    public async Task ReleaseAsync()
    {
        foreach (var partition in _claimed.ToArray())
        {
            await store.ReleaseAsync(group, partition);
            _claimed.Remove(partition);
        }
    }

    /// <summary>The session is over, and with it the znodes.</summary>
    public void Forget() => _claimed.Clear();
}
