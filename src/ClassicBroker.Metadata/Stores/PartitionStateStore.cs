using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Metadata.Stores;

/// <summary>
/// The state znodes of partitions. The controller writes them fenced and in batches that travel together; a leader of a cluster before
/// 2.7-IV2 writes its own ISR. Both tell a write whose reply was lost from another's by what it holds.
/// </summary>
public sealed class PartitionStateStore(ZnodeClient znodes, ILogger<PartitionStateStore> logger)
{
    /// <summary>Null where the partition has no state yet, or one that cannot be read, which is logged.</summary>
    public async Task<PartitionState?> GetAsync(TopicPartition partition)
    {
        if (!ZnodeName.IsValid(partition.Topic)
            || await znodes.GetDataAsync(PartitionStateZnode.Path(partition)) is not { } found)
        {
            return null;
        }

        try
        {
            return PartitionStateZnode.Decode(partition, found.Data, found.Stat.Version) with { Mzxid = found.Stat.Mzxid };
        }
        catch (MalformedDataException failure)
        {
            logger.LogError("Passing over the state of partition {Partition}: {Reason}", partition, failure.Message);
            return null;
        }
    }

    /// <summary>
    /// The states of those that have one, in the order asked for. An unreadable one is logged and passed over: it must not take
    /// the others down with it.
    /// </summary>
    public async Task<Dictionary<TopicPartition, PartitionState>> GetAsync(IReadOnlyList<TopicPartition> partitions)
    {
        var found = await partitions.Select(GetAsync).AwaitAllAsync();
        var result = new Dictionary<TopicPartition, PartitionState>(partitions.Count);
        for (var index = 0; index < found.Length; index++)
        {
            if (found[index] is { } state)
            {
                result[partitions[index]] = state;
            }
        }

        return result;
    }

    /// <summary>
    /// Stores the first state of new partitions, with the znodes above it. One that exists with other content has failed: another
    /// controller was there.
    /// </summary>
    public async Task<PartitionStateWrites> CreateAsync(
        IReadOnlyList<KeyValuePair<TopicPartition, PartitionState>> states, int controllerEpochVersion)
    {
        var topics = states.Select(entry => TopicZnode.PartitionsPath(entry.Key.Topic)).Distinct();
        await topics.Select(path => CreateParentAsync(path, controllerEpochVersion)).AwaitAllAsync();
        await states.Select(entry => CreateParentAsync(TopicZnode.PartitionPath(entry.Key), controllerEpochVersion)).AwaitAllAsync();
        return await CollectAsync(states, entry => CreateStateAsync(entry.Key, entry.Value, controllerEpochVersion));
    }

    /// <summary>Replaces states, each where its partition epoch is still the one it was read with.</summary>
    public Task<PartitionStateWrites> UpdateAsync(
        IReadOnlyList<KeyValuePair<TopicPartition, PartitionState>> states, int controllerEpochVersion) =>
        CollectAsync(states, entry => UpdateStateAsync(entry.Key, entry.Value, controllerEpochVersion));

    /// <summary>
    /// A leader's own write of its ISR, conditional on the partition epoch but not on the controller's; the new partition epoch, or
    /// null where someone wrote something else meanwhile.
    /// </summary>
    public Task<int?> UpdateAsLeaderAsync(TopicPartition partition, PartitionState state) =>
        znodes.ConditionalUpdateAsync(
            PartitionStateZnode.Path(partition),
            PartitionStateZnode.Encode(state),
            state.LeaderAndIsr.PartitionEpoch,
            found => Holds(partition, found, state));

    private static bool Holds(TopicPartition partition, ZnodeData found, PartitionState wanted)
    {
        try
        {
            var stored = PartitionStateZnode.Decode(partition, found.Data, found.Stat.Version);
            return stored.ControllerEpoch == wanted.ControllerEpoch && stored.LeaderAndIsr.SameContent(wanted.LeaderAndIsr);
        }
        catch (MalformedDataException)
        {
            // Whatever that is, we did not write it.
            return false;
        }
    }

    private static async Task<PartitionStateWrites> CollectAsync(
        IReadOnlyList<KeyValuePair<TopicPartition, PartitionState>> states,
        Func<KeyValuePair<TopicPartition, PartitionState>, Task<(ZooKeeperError Error, int Version)>> write)
    {
        var outcomes = await states.Select(write).AwaitAllAsync();
        var written = new Dictionary<TopicPartition, LeaderAndIsr>(states.Count);
        var stale = new List<TopicPartition>();
        var failed = new Dictionary<TopicPartition, ZooKeeperError>();
        for (var index = 0; index < outcomes.Length; index++)
        {
            var (partition, state) = states[index];
            switch (outcomes[index].Error)
            {
                case ZooKeeperError.None:
                    written[partition] = state.LeaderAndIsr.WithPartitionEpoch(outcomes[index].Version);
                    break;
                case ZooKeeperError.BadVersion:
                    stale.Add(partition);
                    break;
                default:
                    failed[partition] = outcomes[index].Error;
                    break;
            }
        }

        return new(written, stale, failed);
    }

    private async Task CreateParentAsync(string path, int controllerEpochVersion)
    {
        var result = await znodes.FencedAsync(
            new CreateOp(path, default, znodes.AclOf(path), CreateMode.Persistent), controllerEpochVersion);
        if (result.Error is not (ZooKeeperError.None or ZooKeeperError.NodeExists or ZooKeeperError.NoNode))
        {
            throw ZooKeeperException.For(result.Error, path);
        }
    }

    private async Task<(ZooKeeperError Error, int Version)> CreateStateAsync(
        TopicPartition partition, PartitionState state, int controllerEpochVersion)
    {
        var path = PartitionStateZnode.Path(partition);
        var create = new CreateOp(path, PartitionStateZnode.Encode(state), znodes.AclOf(path), CreateMode.Persistent);
        var result = await znodes.FencedAsync(create, controllerEpochVersion);
        return result.Error == ZooKeeperError.NodeExists
            ? await RecogniseAsync(partition, state, ZooKeeperError.NodeExists)
            : (result.Error, LeaderAndIsr.InitialPartitionEpoch);
    }

    private async Task<(ZooKeeperError Error, int Version)> UpdateStateAsync(
        TopicPartition partition, PartitionState state, int controllerEpochVersion)
    {
        var set = new SetDataOp(
            PartitionStateZnode.Path(partition), PartitionStateZnode.Encode(state), state.LeaderAndIsr.PartitionEpoch);
        var result = await znodes.FencedAsync(set, controllerEpochVersion);
        return result.Error switch
        {
            ZooKeeperError.None => (ZooKeeperError.None, result.Stat!.Value.Version),
            ZooKeeperError.BadVersion => await RecogniseAsync(partition, state, ZooKeeperError.BadVersion),
            _ => (result.Error, 0),
        };
    }

    /// <summary>Our own write whose reply was lost refuses its repetition, and is known by what it left.</summary>
    private async Task<(ZooKeeperError Error, int Version)> RecogniseAsync(
        TopicPartition partition, PartitionState wanted, ZooKeeperError refusal) =>
        await znodes.GetDataAsync(PartitionStateZnode.Path(partition)) is { } found && Holds(partition, found, wanted)
            ? (ZooKeeperError.None, found.Stat.Version)
            : (refusal, 0);
}
