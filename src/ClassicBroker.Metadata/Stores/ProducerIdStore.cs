using ClassicBroker.Metadata.Znodes;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Metadata.Stores;

/// <summary>
/// Hands out blocks of producer ids, each once in the life of the cluster. Unused ids of a block are lost with their broker.
/// </summary>
public sealed class ProducerIdStore(ZnodeClient znodes)
{
    /// <param name="brokerId">Who gets the block.</param>
    /// <param name="controllerEpochVersion">Fences what the controller allocates; before IBP 3.0 brokers allocate for themselves.</param>
    public async Task<ProducerIdBlock> AllocateAsync(int brokerId, int controllerEpochVersion = ZnodeClient.Unfenced)
    {
        while (true)
        {
            var found = await znodes.GetDataAsync(ProducerIdBlockZnode.Path)
                ?? throw new ZooKeeperException(ZooKeeperError.NoNode, ProducerIdBlockZnode.Path);
            var block = ProducerIdBlock.After(ProducerIdBlockZnode.Decode(found.Data), brokerId);
            var written = await znodes.ConditionalUpdateAsync(
                ProducerIdBlockZnode.Path,
                ProducerIdBlockZnode.Encode(block),
                found.Stat.Version,
                stored => ProducerIdBlockZnode.Decode(stored.Data) == block,
                controllerEpochVersion);
            if (written is not null)
            {
                return block;
            }
        }
    }
}
