using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Metadata.Stores;

/// <summary>What brokers agree on before they are brokers: the top-level paths, the cluster's id, generated broker ids.</summary>
public sealed class ClusterStore(ZnodeClient znodes, IRandomSource random)
{
    /// <summary>Creates the paths every broker expects, where they are missing.</summary>
    public async Task CreateTopLevelPathsAsync()
    {
        foreach (var path in PathZnodes.Persistent)
        {
            await znodes.CreateRecursiveAsync(path, default);
        }
    }

    /// <summary>Null where no broker has been here.</summary>
    public async Task<string?> GetClusterIdAsync() =>
        await znodes.GetDataAsync(ClusterIdZnode.Path) is { } found ? ClusterIdZnode.Decode(found.Data) : null;

    /// <summary>The id of this cluster; the first broker draws it.</summary>
    public async Task<string> GetOrCreateClusterIdAsync()
    {
        while (true)
        {
            if (await GetClusterIdAsync() is { } known)
            {
                return known;
            }

            var drawn = random.NextUuid().ToString();
            if (await znodes.CreateRecursiveAsync(ClusterIdZnode.Path, ClusterIdZnode.Encode(drawn)))
            {
                return drawn;
            }
        }
    }

    /// <summary>
    /// A broker id that was never given out before: the version <c>/brokers/seqid</c> takes by being written, above the ids operators may
    /// assign (<c>reserved.broker.max.id</c>).
    /// </summary>
    public async Task<int> GenerateBrokerIdAsync(int reservedMaxId)
    {
        try
        {
            return (await znodes.SetDataAsync(PathZnodes.BrokerSeqId, ReadOnlyMemory<byte>.Empty)).Version + reservedMaxId;
        }
        catch (ZooKeeperException missing) when (missing.Code == ZooKeeperError.NoNode)
        {
            await znodes.CreateRecursiveAsync(PathZnodes.BrokerSeqId, default);
            return (await znodes.SetDataAsync(PathZnodes.BrokerSeqId, ReadOnlyMemory<byte>.Empty)).Version + reservedMaxId;
        }
    }
}
