using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Metadata.Stores;

/// <summary>What operators ask of the controller through ZooKeeper: reassignments and preferred replica elections.</summary>
public sealed class OperatorRequestStore(ZnodeClient znodes)
{
    /// <summary>The reassignments asked for; none where the znode is missing.</summary>
    public async Task<SortedDictionary<TopicPartition, IReadOnlyList<int>>> GetReassignmentsAsync() =>
        await znodes.GetDataAsync(ReassignPartitionsZnode.Path) is { } found ? ReassignPartitionsZnode.Decode(found.Data) : [];

    /// <summary>Arms the watch for reassignments to come; true where there are some.</summary>
    public async Task<bool> WatchReassignmentsAsync() => await znodes.ExistsAsync(ReassignPartitionsZnode.Path) is not null;

    /// <summary>Replaces what is still to be done; the znode goes with the last entry.</summary>
    public async Task SetReassignmentsAsync(
        IReadOnlyDictionary<TopicPartition, IReadOnlyList<int>> reassignments, int controllerEpochVersion)
    {
        if (reassignments.Count == 0)
        {
            await znodes.DeleteAsync(ReassignPartitionsZnode.Path, controllerEpochVersion);
            return;
        }

        var set = new SetDataOp(ReassignPartitionsZnode.Path, ReassignPartitionsZnode.Encode(reassignments), ZnodeVersion.Any);
        var result = await znodes.FencedAsync(set, controllerEpochVersion);
        if (result.Error is not (ZooKeeperError.None or ZooKeeperError.NoNode))
        {
            throw ZooKeeperException.For(result.Error, ReassignPartitionsZnode.Path);
        }
    }

    /// <summary>Asks for reassignments as the tool does; false where some are under way.</summary>
    public Task<bool> RequestReassignmentsAsync(IReadOnlyDictionary<TopicPartition, IReadOnlyList<int>> reassignments) =>
        znodes.CreateRecursiveAsync(ReassignPartitionsZnode.Path, ReassignPartitionsZnode.Encode(reassignments));

    /// <summary>The partitions whose preferred leader is asked for; none where the znode is missing.</summary>
    public async Task<SortedSet<TopicPartition>> GetPreferredElectionsAsync() =>
        await znodes.GetDataAsync(PreferredReplicaElectionZnode.Path) is { } found ? PreferredReplicaElectionZnode.Decode(found.Data) : [];

    /// <summary>Arms the watch for elections to come; true where some are asked for.</summary>
    public async Task<bool> WatchPreferredElectionsAsync() => await znodes.ExistsAsync(PreferredReplicaElectionZnode.Path) is not null;

    public Task DeletePreferredElectionsAsync(int controllerEpochVersion) =>
        znodes.DeleteAsync(PreferredReplicaElectionZnode.Path, controllerEpochVersion);

    /// <summary>Asks for elections as the tool does; false where some are under way.</summary>
    public Task<bool> RequestPreferredElectionsAsync(IEnumerable<TopicPartition> partitions) =>
        znodes.CreateRecursiveAsync(PreferredReplicaElectionZnode.Path, PreferredReplicaElectionZnode.Encode(partitions));
}
