using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Metadata.Stores;

/// <summary>
/// The members of the groups of 0.8 and the partitions they own, below <c>/consumers/G/ids</c> and <c>/consumers/G/owners</c>. Both are
/// ephemeral. Failure strategy: a reply that was lost is recognised by the session that owns the znode. Threading: any loop.
/// </summary>
public sealed class ConsumerGroupStore(ZnodeClient znodes, ILogger<ConsumerGroupStore> logger)
{
    /// <summary>Registers a member; false where the id is taken by another session.</summary>
    public Task<bool> RegisterAsync(string group, string consumerId, ConsumerRegistration registration) =>
        CreateEphemeralAsync(ConsumerGroupZnodes.IdPath(group, consumerId), ConsumerGroupZnodes.EncodeRegistration(registration));

    /// <summary>The members of a group by their ids, sorted. One whose registration cannot be read is logged and passed over.</summary>
    public async Task<IReadOnlyList<(string ConsumerId, ConsumerRegistration Registration)>> GetMembersAsync(string group)
    {
        var ids = await znodes.GetChildrenAsync(ConsumerGroupZnodes.IdsPath(group));
        var found = await ids.Select(id => TryGetMemberAsync(group, id)).AwaitAllAsync();
        return [.. ids.Zip(found).Where(pair => pair.Second is not null).Select(pair => (pair.First, pair.Second!))];
    }

    /// <summary>Makes the parent of registrations, so that its children can be watched.</summary>
    public Task PrepareAsync(string group) => znodes.CreateRecursiveAsync(ConsumerGroupZnodes.IdsPath(group), data: null);

    /// <summary>Makes a thread the owner of a partition; false where another session owns it.</summary>
    public Task<bool> ClaimAsync(string group, TopicPartition partition, string threadId) =>
        CreateEphemeralAsync(ConsumerGroupZnodes.OwnerPath(group, partition), ConsumerGroupZnodes.EncodeOwner(threadId));

    /// <summary>Gives a partition up, where this session owns it.</summary>
    public async Task ReleaseAsync(string group, TopicPartition partition)
    {
        var path = ConsumerGroupZnodes.OwnerPath(group, partition);
        if (await znodes.ExistsAsync(path) is { } standing && standing.EphemeralOwner == znodes.SessionId)
        {
            await znodes.DeleteAsync(path, ZnodeClient.Unfenced);
        }
    }

    private async Task<ConsumerRegistration?> TryGetMemberAsync(string group, string consumerId)
    {
        try
        {
            return await znodes.GetDataAsync(ConsumerGroupZnodes.IdPath(group, consumerId)) is { } found
                ? ConsumerGroupZnodes.DecodeRegistration(group, consumerId, found.Data)
                : null;
        }
        catch (MalformedDataException failure)
        {
            logger.LogError("Passing over consumer {ConsumerId} of group {Group}: {Reason}", consumerId, group, failure.Message);
            return null;
        }
    }

    /// <summary>False where the znode stands and another session owns it.</summary>
    private async Task<bool> CreateEphemeralAsync(string path, byte[] data)
    {
        while (true)
        {
            var result = await znodes.MultiAsync([new CreateOp(path, data, znodes.AclOf(path), CreateMode.Ephemeral)]);
            if (result.Committed)
            {
                return true;
            }

            switch (result.Error)
            {
                case ZooKeeperError.NoNode:
                    await znodes.CreateRecursiveAsync(path[..path.LastIndexOf('/')], data: null);
                    break;
                case ZooKeeperError.NodeExists:
                    if (await znodes.ExistsAsync(path) is { } standing)
                    {
                        return standing.EphemeralOwner == znodes.SessionId;
                    }

                    break;
                default:
                    throw ZooKeeperException.For(result.Error, path);
            }
        }
    }
}
