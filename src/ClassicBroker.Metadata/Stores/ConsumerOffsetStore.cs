using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Stores;

/// <summary>The offsets that consumers of 0.8 commit, below <c>/consumers/G/offsets</c>. Stateless; any loop.</summary>
public sealed class ConsumerOffsetStore(ZnodeClient znodes)
{
    /// <summary>What a group committed for a partition; null where it did not, or where the znode holds no number.</summary>
    public async Task<long?> GetAsync(string group, TopicPartition partition) =>
        ZnodeName.IsValid(group) && ZnodeName.IsValid(partition.Topic)
        && await znodes.GetDataAsync(ConsumerGroupZnodes.OffsetPath(group, partition)) is { } found
            ? ConsumerGroupZnodes.DecodeOffset(found.Data)
            : null;

    /// <summary>Stores an offset, making the group's znodes where it is the first.</summary>
    public Task SetOrCreateAsync(string group, TopicPartition partition, long offset) =>
        znodes.SetOrCreateAsync(ConsumerGroupZnodes.OffsetPath(group, partition), ConsumerGroupZnodes.EncodeOffset(offset));
}
