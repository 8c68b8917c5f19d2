using ClassicBroker.Metadata.Stores;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;

namespace ClassicBroker.Tools.Acls;

/// <summary>
/// ACLs in ZooKeeper, changed without a broker: each list under the version it was read with, again where brokers were faster. Brokers
/// learn of changes by the notifications that are written after them.
/// </summary>
internal sealed class ZooKeeperAcls(ZooKeeperStore store) : IAclService
{
    private const int AttemptsMax = 11;

    private AclStore Acls => store.Metadata.Acls;

    public async Task<IReadOnlyList<(AclResource Resource, AclEntry Entry)>> FindAsync(AclFilter filter)
    {
        var found = new List<(AclResource, AclEntry)>();
        foreach (var (resource, list) in await Acls.GetAllAsync())
        {
            if (filter.Matches(resource))
            {
                found.AddRange(list.Entries.Where(entry => filter.Matches(entry)).Select(entry => (resource, entry)));
            }
        }

        return found;
    }

    public async Task<JavaFailure?> AddAsync(AclResource resource, IReadOnlyCollection<AclEntry> entries)
    {
        if (!ZnodeName.IsValid(resource.Name))
        {
            var reason = new JavaFailure(
                "java.lang.IllegalArgumentException", $"ACL binding contains invalid resource name: {resource.Name}");
            return new JavaFailure(
                "org.apache.kafka.common.errors.InvalidRequestException",
                "Failed to create ACL",
                new JavaFailure("org.apache.kafka.common.errors.ApiException", JavaException.Describe(reason), reason));
        }

        await Acls.CreatePathsAsync();
        await ChangeAsync(resource, list => list.UnionWith(entries));
        return null;
    }

    public async Task RemoveAsync(IReadOnlyList<AclFilter> filters)
    {
        foreach (var resource in await Acls.GetResourcesAsync())
        {
            AclFilter[] ofResource = [.. filters.Where(filter => filter.Matches(resource))];
            if (ofResource.Length > 0)
            {
                await ChangeAsync(resource, list => list.RemoveWhere(entry => ofResource.Any(filter => filter.Matches(entry))));
            }
        }
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private async Task ChangeAsync(AclResource resource, Action<SortedSet<AclEntry>> change)
    {
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            var read = await Acls.GetAsync(resource);
            if (read.IsUnreadable)
            {
                throw new MalformedDataException($"The ACLs of {resource} cannot be read.");
            }

            var entries = new SortedSet<AclEntry>(read.Entries, AclEntry.Order);
            change(entries);
            if (await Acls.TryWriteAsync(resource, entries, read) is not null)
            {
                if (!entries.SetEquals(read.Entries))
                {
                    await Acls.NotifyAsync(resource);
                }

                return;
            }
        }

        throw new JavaFailure(
            "java.lang.IllegalStateException", $"Failed to update ACLs for {resource} after trying a maximum of {AttemptsMax - 1} times");
    }
}
