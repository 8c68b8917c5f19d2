using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Metadata.Stores;

/// <summary>
/// Who is controller, and in which epoch. An election is one transaction that creates <c>/controller</c> and counts
/// <c>/controller_epoch</c> up, so that two winners of one epoch cannot be.
/// </summary>
public sealed class ControllerStore(ZnodeClient znodes, TimeProvider time, MetadataVersion interBrokerProtocol)
{
    private const int NoEpoch = 0;

    /// <summary>The controller's id, or null where there is none.</summary>
    public async Task<int?> GetControllerIdAsync() =>
        await znodes.GetDataAsync(ControllerZnode.Path) is { } found ? ControllerZnode.Decode(found.Data) : null;

    /// <summary>Arms the watch on <c>/controller</c>, whether it exists or not.</summary>
    public Task WatchAsync() => znodes.ExistsAsync(ControllerZnode.Path);

    /// <summary>Makes this broker the controller.</summary>
    /// <exception cref="ControllerMovedException">Another broker was faster.</exception>
    public async Task<ElectedController> ElectAsync(int brokerId)
    {
        var (epoch, version) = await GetOrCreateEpochAsync();
        var next = epoch + 1;
        var znode = ControllerZnode.Encode(brokerId, time.UnixMs(), interBrokerProtocol);
        var result = await znodes.MultiAsync(
        [
            new CreateOp(ControllerZnode.Path, znode, znodes.AclOf(ControllerZnode.Path), CreateMode.Ephemeral),
            new SetDataOp(ControllerEpochZnode.Path, ControllerEpochZnode.Encode(next), version),
        ]);
        if (result.Committed)
        {
            return new(next, result.Results[1].Stat!.Value.Version);
        }

        return result.Error is ZooKeeperError.NodeExists or ZooKeeperError.BadVersion
            ? await RecogniseOwnElectionAsync(brokerId, next)
            : throw ZooKeeperException.For(result.Error, ControllerZnode.Path);
    }

    /// <summary>Gives the role up so that another broker may take it.</summary>
    public Task ResignAsync(int controllerEpochVersion) => znodes.DeleteAsync(ControllerZnode.Path, controllerEpochVersion);

    /// <summary>The transaction may have gone through and only its answer been lost.</summary>
    private async Task<ElectedController> RecogniseOwnElectionAsync(int brokerId, int epochTried)
    {
        var owner = await GetControllerIdAsync();
        var epoch = await GetEpochAsync();
        return owner == brokerId && epoch is { } found && found.Epoch == epochTried
            ? found
            : throw new ControllerMovedException(
                $"Controller moved to another broker. Aborting controller startup procedure (controller "
                    + $"{owner?.ToString() ?? "unknown"}).");
    }

    private async Task<ElectedController?> GetEpochAsync() =>
        await znodes.GetDataAsync(ControllerEpochZnode.Path) is { } found
            ? new(ControllerEpochZnode.Decode(found.Data), found.Stat.Version)
            : null;

    private async Task<ElectedController> GetOrCreateEpochAsync()
    {
        while (true)
        {
            if (await GetEpochAsync() is { } known)
            {
                return known;
            }

            await znodes.CreateAsync(ControllerEpochZnode.Path, ControllerEpochZnode.Encode(NoEpoch));
        }
    }
}
