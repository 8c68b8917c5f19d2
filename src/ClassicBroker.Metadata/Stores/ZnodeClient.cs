using ClassicBroker.Metadata.Sessions;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Metadata.Stores;

/// <summary>
/// ZooKeeper as Kafka uses it: a call that loses its connection waits for the next one and is sent again, however long that takes;
/// missing znodes are answers and no errors; every znode is created with the ACL its path deserves; writes of the controller are
/// fenced by the version of <c>/controller_epoch</c>. Because a lost reply makes a call run twice, writes say how they tell their own
/// first attempt from another's deed. Threading: any loop; calls are pipelined and continue on the loop that made them.
/// </summary>
/// <param name="zooKeeper">The session.</param>
/// <param name="watches">Decides which reads set a watch.</param>
/// <param name="secureAcls"><c>zookeeper.set.acl</c>.</param>
public sealed class ZnodeClient(IZooKeeper zooKeeper, ZnodeWatches watches, bool secureAcls)
{
    /// <summary>Stands for the version of <c>/controller_epoch</c> where the writer is not the controller: no fence.</summary>
    public const int Unfenced = ZnodeVersion.Any;

    private static readonly IReadOnlyList<ZnodeAcl> ReadableByAll = [.. ZnodeAcl.CreatorAllAcl, .. ZnodeAcl.ReadAclUnsafe];

    public ZnodeWatches Watches => watches;

    public long SessionId => zooKeeper.SessionId;

    public int SessionTimeoutMs => zooKeeper.NegotiatedSessionTimeoutMs;

    /// <summary>Who may do what with a znode we create.</summary>
    public IReadOnlyList<ZnodeAcl> AclOf(string path) =>
        !secureAcls || path == PathZnodes.Consumers ? ZnodeAcl.OpenAclUnsafe
        : PathZnodes.IsSensitive(path) ? ZnodeAcl.CreatorAllAcl
        : ReadableByAll;

    /// <summary>Null where there is no such znode.</summary>
    public async Task<ZnodeData?> GetDataAsync(string path)
    {
        var read = await EndOfAsync(() => zooKeeper.GetDataAsync(path, watches.WatchesChange(path)));
        return RefusalOf(read) == ZooKeeperError.NoNode ? null : await read;
    }

    /// <summary>Null where there is no such znode. Unlike reading its data this can watch for a znode to come.</summary>
    public Task<ZnodeStat?> ExistsAsync(string path) =>
        RetryUntilConnectedAsync(() => zooKeeper.ExistsAsync(path, watches.WatchesChange(path)));

    /// <summary>Sorted names; none where there is no such znode.</summary>
    public async Task<IReadOnlyList<string>> GetChildrenAsync(string path)
    {
        var read = await EndOfAsync(() => zooKeeper.GetChildrenAsync(path, watches.WatchesChildren(path)));
        return RefusalOf(read) == ZooKeeperError.NoNode ? [] : (await read).Names;
    }

    /// <summary>Whether everyone who reaches ZooKeeper can read a znode; false where there is none, or ZooKeeper does not say.</summary>
    public async Task<bool> IsReadableByWorldAsync(string path)
    {
        var read = await EndOfAsync(() => zooKeeper.GetAclAsync(path));
        return RefusalOf(read) == ZooKeeperError.None && (await read).Acl.Any(entry => entry.ShowsToWorld);
    }

    /// <summary>
    /// Creates a znode under an existing parent; false where it exists. Null data is stored as null, as Kafka does for znodes that hold
    /// nothing of their own. Where a reply was lost before, a znode that holds exactly
    /// <paramref name="data"/> counts as our own work.
    /// </summary>
    public async Task<bool> CreateAsync(string path, ReadOnlyMemory<byte>? data) =>
        await TryCreateAsync(path, data) ?? throw new ZooKeeperException(ZooKeeperError.NoNode, path);

    /// <summary>Creates a znode and its missing parents, which hold nothing; false where it exists.</summary>
    public async Task<bool> CreateRecursiveAsync(string path, ReadOnlyMemory<byte>? data)
    {
        while (true)
        {
            if (await TryCreateAsync(path, data) is { } isCreated)
            {
                return isCreated;
            }

            if (path.LastIndexOf('/') is not (> 0 and var slash))
            {
                throw new ZooKeeperException(ZooKeeperError.NoNode, path);
            }

            await CreateRecursiveAsync(path[..slash], default);
        }
    }

    /// <summary>
    /// Creates a sequential znode, with its parent where that is missing. A lost reply may leave two, which every reader of
    /// notifications bears.
    /// </summary>
    public async Task<string> CreateSequentialAsync(string pathPrefix, ReadOnlyMemory<byte>? data)
    {
        try
        {
            return await CreateOnceAsync();
        }
        catch (ZooKeeperException noParent) when (noParent.Code == ZooKeeperError.NoNode)
        {
            await CreateRecursiveAsync(pathPrefix[..pathPrefix.LastIndexOf('/')], default);
            return await CreateOnceAsync();
        }

        async Task<string> CreateOnceAsync() =>
            (await RetryUntilConnectedAsync(
                () => zooKeeper.CreateAsync(pathPrefix, data, AclOf(pathPrefix), CreateMode.PersistentSequential))).Path;
    }

    /// <summary>Sets data; the new stat. Refusals are thrown. For unconditional writes, which may run twice unharmed.</summary>
    public Task<ZnodeStat> SetDataAsync(string path, ReadOnlyMemory<byte>? data) =>
        RetryUntilConnectedAsync(() => zooKeeper.SetDataAsync(path, data, ZnodeVersion.Any));

    /// <summary>
    /// Sets data, or creates the znode with its missing parents where it is not there, also where others make or delete it meanwhile.
    /// </summary>
    public async Task SetOrCreateAsync(string path, ReadOnlyMemory<byte>? data)
    {
        while (true)
        {
            try
            {
                await SetDataAsync(path, data);
                return;
            }
            catch (ZooKeeperException missing) when (missing.Code == ZooKeeperError.NoNode)
            {
                if (await CreateRecursiveAsync(path, data))
                {
                    return;
                }
            }
        }
    }

    /// <summary>
    /// Sets data of a version; the new version, or null where the znode has another version or is gone. A znode of another version for
    /// which <paramref name="isOurs"/> says that it holds what we tried to write counts as written: the reply was lost.
    /// Fenced where it is the controller's.
    /// </summary>
    /// <exception cref="ControllerMovedException">The version of <c>/controller_epoch</c> is not ours any more.</exception>
    public async Task<int?> ConditionalUpdateAsync(
        string path, ReadOnlyMemory<byte>? data, int version, Func<ZnodeData, bool> isOurs, int controllerEpochVersion = Unfenced)
    {
        var result = await FencedAsync(new SetDataOp(path, data, version), controllerEpochVersion);
        return result.Error switch
        {
            ZooKeeperError.None => result.Stat!.Value.Version,
            ZooKeeperError.BadVersion => await GetDataAsync(path) is { } found && isOurs(found) ? found.Stat.Version : null,
            ZooKeeperError.NoNode => null,
            _ => throw ZooKeeperException.For(result.Error, path),
        };
    }

    /// <summary>Gives a znode the ACL it would have if it were made now; false where there is none.</summary>
    public async Task<bool> SetAclAsync(string path)
    {
        try
        {
            await RetryUntilConnectedAsync(() => zooKeeper.SetAclAsync(path, AclOf(path), ZnodeVersion.Any));
            return true;
        }
        catch (ZooKeeperException missing) when (missing.Code == ZooKeeperError.NoNode)
        {
            return false;
        }
    }

    /// <summary>Deletes a znode of any version; nothing where it is gone already.</summary>
    public async Task DeleteAsync(string path, int controllerEpochVersion)
    {
        var result = await FencedAsync(new DeleteOp(path, ZnodeVersion.Any), controllerEpochVersion);
        if (result.Error is not (ZooKeeperError.None or ZooKeeperError.NoNode))
        {
            throw ZooKeeperException.For(result.Error, path);
        }
    }

    /// <summary>Deletes a znode and all below it, children first.</summary>
    public async Task DeleteRecursiveAsync(string path, int controllerEpochVersion)
    {
        var children = await GetChildrenAsync(path);
        await children.Select(child => DeleteRecursiveAsync($"{path}/{child}", controllerEpochVersion)).AwaitAllAsync();
        await DeleteAsync(path, controllerEpochVersion);
    }

    /// <summary>
    /// One transaction. A refusal is in the result; a transaction whose reply was lost is tried again and may refuse itself.
    /// </summary>
    public Task<ZooKeeperMultiResult> MultiAsync(IReadOnlyList<ZooKeeperOp> operations) =>
        RetryUntilConnectedAsync(() => zooKeeper.MultiAsync(operations));

    /// <summary>
    /// One operation under the condition that <c>/controller_epoch</c> still has the version of our election. Its own refusal is in
    /// the result.
    /// </summary>
    /// <exception cref="ControllerMovedException">Where the condition fails.</exception>
    public async Task<ZooKeeperOpResult> FencedAsync(ZooKeeperOp operation, int controllerEpochVersion)
    {
        if (controllerEpochVersion == Unfenced)
        {
            return (await MultiAsync([operation])).Results[0];
        }

        var result = await MultiAsync([new CheckOp(ControllerEpochZnode.Path, controllerEpochVersion), operation]);
        return result.FailedIndex == 0
            ? throw new ControllerMovedException(
                $"Controller epoch zkVersion check fails. Expected zkVersion = {controllerEpochVersion}, result {result.Error}")
            : result.Results[1];
    }

    /// <summary>Sends until a connection carries the answer home. For calls that may run twice unharmed.</summary>
    public async Task<T> RetryUntilConnectedAsync<T>(Func<Task<T>> call) => await await EndOfAsync(call);

    /// <summary>The same; the call that was answered, if by a refusal.</summary>
    private async Task<Task<T>> EndOfAsync<T>(Func<Task<T>> call)
    {
        while (true)
        {
            var answered = call();
            await answered.EndAsync();
            if (RefusalOf(answered) != ZooKeeperError.ConnectionLoss)
            {
                return answered;
            }

            await zooKeeper.WaitUntilConnectedAsync(CancellationToken.None);
        }
    }

    /// <summary>As <see cref="CreateAsync"/>; null where the parent is missing.</summary>
    private async Task<bool?> TryCreateAsync(string path, ReadOnlyMemory<byte>? data)
    {
        var replyLost = false;
        while (true)
        {
            var created = zooKeeper.CreateAsync(path, data, AclOf(path), CreateMode.Persistent);
            await created.EndAsync();
            switch (RefusalOf(created))
            {
                case ZooKeeperError.ConnectionLoss:
                    replyLost = true;
                    await zooKeeper.WaitUntilConnectedAsync(CancellationToken.None);
                    break;
                case ZooKeeperError.NodeExists:
                    return replyLost && await GetDataAsync(path) is { } found && Holds(found, data);
                case ZooKeeperError.NoNode:
                    return null;
                default:
                    await created;
                    return true;
            }
        }
    }

    /// <summary>Why a call that has ended was refused; none where it was not, or failed otherwise.</summary>
    private static ZooKeeperError RefusalOf(Task ended) =>
        ended.Exception?.InnerException is ZooKeeperException refusal ? refusal.Code : ZooKeeperError.None;

    private static bool Holds(in ZnodeData found, ReadOnlyMemory<byte>? data) =>
        found.Stored is null ? data is null : data is { } wanted && found.Stored.AsSpan().SequenceEqual(wanted.Span);
}
