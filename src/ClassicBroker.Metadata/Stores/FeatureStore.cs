using ClassicBroker.Metadata.Znodes;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Metadata.Stores;

/// <summary>The finalised features of the cluster (KIP-584).</summary>
public sealed class FeatureStore(ZnodeClient znodes, MetadataVersion interBrokerProtocol)
{
    /// <summary>Null where no controller has written them.</summary>
    public async Task<FeatureState?> GetAsync() =>
        await znodes.GetDataAsync(FeatureZnode.Path) is { } found
            ? new(FeatureZnode.Decode(found.Data, out var formatVersion), found.Stat.Version, formatVersion)
            : null;

    /// <summary>Arms the watch on the znode, whether it exists or not.</summary>
    public Task WatchAsync() => znodes.ExistsAsync(FeatureZnode.Path);

    /// <summary>Creates or replaces them.</summary>
    public async Task SetAsync(FinalizedFeatures features)
    {
        var data = FeatureZnode.Encode(features, interBrokerProtocol);
        while (!await znodes.CreateRecursiveAsync(FeatureZnode.Path, data))
        {
            try
            {
                await znodes.SetDataAsync(FeatureZnode.Path, data);
                return;
            }
            catch (ZooKeeperException vanished) when (vanished.Code == ZooKeeperError.NoNode)
            {
                // Deleted between the two: create it then.
            }
        }
    }
}
