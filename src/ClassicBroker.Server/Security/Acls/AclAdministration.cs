using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Sessions;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Security.Acls;

/// <summary>
/// The lists an <see cref="AclAuthorizer"/> decides by: loaded at start, followed by notifications, and changed here under the version they
/// were read with, again and again where other brokers were faster. Failure strategy: a change that fails half-way has been written or not;
/// its notification may lack, as in Kafka, until the list changes again. A list that cannot be read keeps its last good content, and at
/// start denies its resource. Threading: the ZooKeeper loop, one change after another; others call from any loop.
/// </summary>
internal sealed class AclAdministration(
    AclAuthorizer authorizer, AclStore store, IEventLoop loop, IRandomSource random, AuthorizerTrace trace)
{
    private const int RetriesMax = 10;
    private const int RetryBackoffMs = 100;
    private const int RetryJitterMs = 50;

    private static readonly AclEntry DenyAll =
        new(AclEntry.WildcardPrincipal, AclPermission.Deny, AclEntry.WildcardHost, AclOperation.All);

    private readonly OrderedWork _work = new();
    private ChangeNotificationListener? _literal;
    private ChangeNotificationListener? _prefixed;

    /// <summary>Loads all lists and follows them from here on.</summary>
    public async Task StartAsync(ZnodeClient znodes, SessionLifecycle session, ILoggerFactory loggers)
    {
        await store.CreatePathsAsync();
        await InOrderAsync(async () =>
        {
            var all = await store.GetAllAsync();
            authorizer.Image = AclImage.Empty.With(
                [.. all.Select(list => (list.Resource, (IReadOnlyCollection<AclEntry>)Readable(list.Resource, list.Acls, [DenyAll])))]);
            return true;
        });
        _literal = Follow(AclZnode.LiteralChanges, AclZnode.DecodeChange);
        _prefixed = Follow(AclZnode.ExtendedChanges, AclZnode.DecodeExtendedChange);
        await _literal.StartAsync();
        await _prefixed.StartAsync();

        ChangeNotificationListener Follow(string path, Func<string, byte[], AclResource> decode) =>
            new(
                znodes,
                session,
                path,
                AclZnode.ChangeSequencePrefix,
                (name, data) => InOrderAsync(() => RefreshAsync(decode(name, data))),
                loop,
                loggers.CreateLogger<ChangeNotificationListener>());
    }

    public void Stop()
    {
        _literal?.Stop();
        _prefixed?.Stop();
    }

    /// <summary>The entries a filter picks, by resource.</summary>
    public IEnumerable<(AclResource Resource, IReadOnlyList<AclEntry> Entries)> Find(AclFilter filter)
    {
        foreach (var (resource, entries) in authorizer.Image.All().Where(list => filter.Matches(list.Resource)))
        {
            AclEntry[] picked = [.. entries.Where(entry => filter.Matches(entry))];
            if (picked.Length > 0)
            {
                yield return (resource, picked);
            }
        }
    }

    /// <summary>Adds entries to a resource's list.</summary>
    /// <exception cref="InvalidZnodeNameException">The name can be none of a znode.</exception>
    public Task AddAsync(AclResource resource, IReadOnlyCollection<AclEntry> entries) =>
        InOrderAsync(() => UpdateAsync(resource, list => list.UnionWith(entries)));

    /// <summary>Removes the entries that filters pick. Each entry is told of once, under the first of its filters.</summary>
    public Task<IReadOnlyList<(AclResource Resource, AclEntry Entry)>[]> RemoveAsync(IReadOnlyList<AclFilter> filters) =>
        InOrderAsync(async () =>
        {
            var removed = new List<(AclResource, AclEntry)>[filters.Count];
            for (var i = 0; i < removed.Length; i++)
            {
                removed[i] = [];
            }

            // A list that another broker has just made may not be in the image yet: where a filter names it, ZooKeeper is asked.
            var known = authorizer.Image.All().Select(list => list.Resource).Where(
                resource => filters.Any(filter => filter.Matches(resource)));
            var named = filters.Select(filter => filter.OnlyResource).OfType<AclResource>().Where(
                resource => ZnodeName.IsValid(resource.Name));
            foreach (var resource in known.Union(named).ToList())
            {
                await RemoveAsync(resource, filters, removed);
            }

            return removed.Select(list => (IReadOnlyList<(AclResource, AclEntry)>)list).ToArray();
        });

    private async Task RemoveAsync(AclResource resource, IReadOnlyList<AclFilter> filters, List<(AclResource, AclEntry)>[] removed)
    {
        var gone = new List<(int Filter, AclEntry Entry)>();
        await UpdateAsync(resource, list =>
        {
            gone.Clear();
            foreach (var entry in list.ToList())
            {
                for (var i = 0; i < filters.Count; i++)
                {
                    if (filters[i].Matches(resource) && filters[i].Matches(entry))
                    {
                        list.Remove(entry);
                        gone.Add((i, entry));
                        break;
                    }
                }
            }
        });
        foreach (var (filter, entry) in gone)
        {
            removed[filter].Add((resource, entry));
        }
    }

    /// <summary>Reads, changes and writes a list until no other broker comes between.</summary>
    private async Task<bool> UpdateAsync(AclResource resource, Action<SortedSet<AclEntry>> change)
    {
        for (var attempt = 0; attempt <= RetriesMax; attempt++)
        {
            var read = await store.GetAsync(resource);
            if (read.IsUnreadable)
            {
                throw new MalformedDataException($"The ACLs of {resource} cannot be read.");
            }

            var entries = new SortedSet<AclEntry>(read.Entries, AclEntry.Order);
            change(entries);
            if (await store.TryWriteAsync(resource, entries, read) is { } version)
            {
                authorizer.Image = authorizer.Image.With(resource, entries);
                if (!entries.SetEquals(read.Entries))
                {
                    trace.Updated(resource, version);
                    await store.NotifyAsync(resource);
                }

                return true;
            }

            await loop.DelayAsync(TimeSpan.FromMilliseconds(RetryBackoffMs + random.Next(RetryJitterMs)));
        }

        throw new InvalidOperationException(
            $"Failed to update ACLs for {resource} after trying a maximum of {RetriesMax} times");
    }

    private async Task<bool> RefreshAsync(AclResource resource)
    {
        var entries = Readable(resource, await store.GetAsync(resource), authorizer.Image.Of(resource));
        authorizer.Image = authorizer.Image.With(resource, entries);
        trace.Processing(resource, entries.Count);
        return true;
    }

    private IReadOnlyCollection<AclEntry> Readable(AclResource resource, StoredAcls stored, IReadOnlyCollection<AclEntry> otherwise)
    {
        if (!stored.IsUnreadable)
        {
            return stored.Entries;
        }

        if (otherwise.Count == 0 || otherwise.First() == DenyAll)
        {
            trace.FailedClosed(resource);
            return [DenyAll];
        }

        return otherwise;
    }

    /// <summary>Runs on the loop when all that was asked for before has ended, however it ended.</summary>
    private Task<T> InOrderAsync<T>(Func<Task<T>> work) =>
        loop.InvokeAsync(() => _work.RunAsync(work));
}
