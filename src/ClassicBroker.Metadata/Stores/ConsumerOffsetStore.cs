using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Metadata.Stores;

/// <summary>The offsets that consumers of 0.8 commit, below <c>/consumers/G/offsets</c>. Stateless; any loop.</summary>
public sealed class ConsumerOffsetStore(ZnodeClient znodes)
{
    /// <summary>What a group committed for a partition; null where it did not, or where the znode holds no number.</summary>
    public async Task<long?> GetAsync(string group, TopicPartition partition) =>
        await znodes.GetDataAsync(ConsumerGroupZnodes.OffsetPath(group, partition)) is { } found
            ? ConsumerGroupZnodes.DecodeOffset(found.Data)
            : null;

    /// <summary>Stores an offset, making the group's znodes where it is the first.</summary>
    public async Task SetOrCreateAsync(string group, TopicPartition partition, long offset)
    {
        var path = ConsumerGroupZnodes.OffsetPath(group, partition);
        var data = ConsumerGroupZnodes.EncodeOffset(offset);
        while (true)
        {
            try
            {
                await znodes.SetDataAsync(path, data);
                return;
            }
            catch (ZooKeeperException missing) when (missing.Code == ZooKeeperError.NoNode)
            {
                if (await znodes.CreateRecursiveAsync(path, data))
                {
                    return;
                }
            }
        }
    }
}
