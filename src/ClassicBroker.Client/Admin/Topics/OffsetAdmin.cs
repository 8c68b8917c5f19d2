using ClassicBroker.Client.Cluster;
using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Admin;

/// <summary>Calls that look up offsets, at the leader of each partition. Safe from any thread.</summary>
internal sealed class OffsetAdmin(AdminCalls calls)
{
    public async Task<IReadOnlyDictionary<TopicPartition, ListedOffset>> ListAsync(
        IReadOnlyDictionary<TopicPartition, long> timestamps, IsolationLevel isolation)
    {
        var lookup = new OffsetLookup(calls.Cluster, isolation);
        var listed = await calls.RunEachAsync<TopicPartition, ListedOffset>(
            "listOffsets",
            [.. timestamps.Keys.Order()],
            (partition, failure) => new ListedOffset(partition, Found: null, failure),
            answers => lookup.AskLeadersAsync(
                [.. answers.Waiting.Select(partition => KeyValuePair.Create(partition, timestamps[partition]))],
                (partition, found) => answers.Give(partition, new ListedOffset(partition, found, Failure: null)),
                answers.Refuse,
                calls.Cancellation));
        return new SortedDictionary<TopicPartition, ListedOffset>(listed.ToDictionary(each => each.Partition));
    }
}
