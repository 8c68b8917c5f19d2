using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Metadata.Stores;

/// <summary>The access control lists, each written under the version it was read with.</summary>
public sealed class AclStore(ZnodeClient znodes, ILogger<AclStore> logger)
{
    /// <summary>Makes the parents of all lists and notices where they are missing.</summary>
    public async Task CreatePathsAsync()
    {
        foreach (var path in AclZnode.Persistent)
        {
            await znodes.CreateRecursiveAsync(path, null);
        }
    }

    /// <summary>The resources that have a list, in an order of their own.</summary>
    public async Task<SortedSet<AclResource>> GetResourcesAsync()
    {
        var resources = new SortedSet<AclResource>(AclResource.Order);
        foreach (var type in AclNames.ResourceTypes)
        {
            foreach (var pattern in new[] { AclPatternType.Literal, AclPatternType.Prefixed })
            {
                var names = await znodes.GetChildrenAsync(AclZnode.TypePath(type, pattern));
                resources.UnionWith(names.Select(name => new AclResource(type, name, pattern)));
            }
        }

        return resources;
    }

    /// <summary>The list of a resource; empty where it has none. A list that cannot be read is logged and has no entries.</summary>
    public async Task<StoredAcls> GetAsync(AclResource resource)
    {
        if (!ZnodeName.IsValid(resource.Name))
        {
            return StoredAcls.None;
        }

        var path = AclZnode.Path(resource);
        if (await znodes.GetDataAsync(path) is not { } found)
        {
            return StoredAcls.None;
        }

        try
        {
            return new StoredAcls(AclZnode.Decode(path, found.Data), found.Stat.Version);
        }
        catch (MalformedDataException failure)
        {
            logger.LogError("The ACLs of {Resource} cannot be read: {Reason}", resource, failure.Message);
            return new StoredAcls(StoredAcls.None.Entries, found.Stat.Version) { IsUnreadable = true };
        }
    }

    public async Task<IReadOnlyList<(AclResource Resource, StoredAcls Acls)>> GetAllAsync()
    {
        var resources = await GetResourcesAsync();
        var lists = await resources.Select(GetAsync).AwaitAllAsync();
        return [.. resources.Zip(lists)];
    }

    /// <summary>
    /// Writes a list that was read, or makes or removes it; the version it has now, or null where others have changed it since. An empty
    /// list has no znode.
    /// </summary>
    public async Task<int?> TryWriteAsync(AclResource resource, SortedSet<AclEntry> entries, StoredAcls read)
    {
        var path = AclZnode.Path(resource);
        if (entries.Count == 0)
        {
            if (!read.Exists)
            {
                return 0;
            }

            var result = await znodes.FencedAsync(new DeleteOp(path, read.Version), ZnodeClient.Unfenced);
            return result.Error switch
            {
                ZooKeeperError.None or ZooKeeperError.NoNode => 0,
                ZooKeeperError.BadVersion => null,
                _ => throw ZooKeeperException.For(result.Error, path),
            };
        }

        var data = AclZnode.Encode(entries);
        if (!read.Exists)
        {
            return await znodes.CreateRecursiveAsync(path, data) ? 0 : null;
        }

        return await znodes.ConditionalUpdateAsync(path, data, read.Version, found => found.Data.AsSpan().SequenceEqual(data));
    }

    /// <summary>Tells every broker that a list has changed.</summary>
    public Task NotifyAsync(AclResource resource)
    {
        var (pathPrefix, data) = AclZnode.Change(resource);
        return znodes.CreateSequentialAsync(pathPrefix, data);
    }
}
