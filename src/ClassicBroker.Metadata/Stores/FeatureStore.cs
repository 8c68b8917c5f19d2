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

    /// <summary>Creates or replaces them, as the controller.</summary>
    /// <exception cref="ControllerMovedException">Another broker is controller.</exception>
    public async Task SetAsync(FinalizedFeatures features, int controllerEpochVersion)
    {
        var data = FeatureZnode.Encode(features, interBrokerProtocol);
        ZooKeeperOp create = new CreateOp(FeatureZnode.Path, data, znodes.AclOf(FeatureZnode.Path), CreateMode.Persistent);
        ZooKeeperOp set = new SetDataOp(FeatureZnode.Path, data, ZnodeVersion.Any);
        for (var error = ZooKeeperError.NoNode; error != ZooKeeperError.None;)
        {
            // Made or deleted by another hand between the two: the other one then.
            error = (await znodes.FencedAsync(error == ZooKeeperError.NoNode ? create : set, controllerEpochVersion)).Error;
            if (error is not (ZooKeeperError.None or ZooKeeperError.NoNode or ZooKeeperError.NodeExists))
            {
                throw ZooKeeperException.For(error, FeatureZnode.Path);
            }
        }
    }
}
