using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Metadata.Stores;

/// <summary>
/// The registrations of live brokers, and our own. Failure strategy: a lost reply is recognised by the owner of the znode; a
/// registration left by an earlier session of this broker is outwaited, because ZooKeeper removes it when that session's timeout has
/// passed. Threading: any loop, but
/// one <see cref="RegisterAsync"/> at a time.
/// </summary>
public sealed class BrokerStore(ZnodeClient znodes, IEventLoop loop, MetadataVersion interBrokerProtocol, ILogger<BrokerStore> logger)
{
    private const int NoId = -1;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(200);

    private readonly HashSet<long> _pastSessions = [];

    /// <summary>Registers this broker; its epoch.</summary>
    /// <exception cref="DuplicateBrokerException">Another broker has the id or an address.</exception>
    public async Task<long> RegisterAsync(BrokerRegistration broker)
    {
        await RequireFreeEndpointsAsync(broker);
        var path = BrokerIdZnode.Path(broker.Id);
        var data = BrokerIdZnode.Encode(broker, interBrokerProtocol);
        var deadlineMs = loop.Time.MonotonicMs() + PatienceMs();
        var waiting = false;
        while (true)
        {
            if (await TryCreateAsync(path, data) is { } epoch)
            {
                logger.LogInformation(
                    "Registered broker {BrokerId} at path {Path} with addresses: {Endpoints}, czxid (broker epoch): {Epoch}",
                    broker.Id,
                    path,
                    string.Join(',', broker.Endpoints),
                    epoch);
                return epoch;
            }

            await OutwaitAsync(broker.Id, deadlineMs, announce: !waiting);
            waiting = true;
        }
    }

    /// <summary>
    /// Waits until no other session holds the broker's id, such as that of the broker's own life before it was killed. Who opens its
    /// ports only then leaves no client waiting at them.
    /// </summary>
    /// <exception cref="DuplicateBrokerException">Another broker has the id.</exception>
    public async Task AwaitFreeIdAsync(int brokerId)
    {
        var deadlineMs = loop.Time.MonotonicMs() + PatienceMs();
        var waiting = false;
        while (await znodes.ExistsAsync(BrokerIdZnode.Path(brokerId)) is { } standing
            && standing.EphemeralOwner != znodes.SessionId
            && !_pastSessions.Contains(standing.EphemeralOwner))
        {
            await OutwaitAsync(brokerId, deadlineMs, announce: !waiting);
            waiting = true;
        }
    }

    /// <summary>Publishes changed endpoints; the broker epoch stays.</summary>
    public Task UpdateAsync(BrokerRegistration broker) =>
        znodes.SetDataAsync(BrokerIdZnode.Path(broker.Id), BrokerIdZnode.Encode(broker, interBrokerProtocol));

    /// <summary>Null where the broker is not registered.</summary>
    public async Task<LiveBroker?> GetAsync(int brokerId) =>
        await znodes.GetDataAsync(BrokerIdZnode.Path(brokerId)) is { } found
            ? new(BrokerIdZnode.Decode(brokerId, found.Data), found.Stat.Czxid)
            : null;

    /// <summary>All registered brokers, by id. One whose registration cannot be read is logged and passed over.</summary>
    public async Task<IReadOnlyList<LiveBroker>> GetAllAsync() => (await GetAllAndIdsAsync()).Registered;

    /// <summary>As <see cref="GetAllAsync"/>, and the ids of all that are registered, readable or not.</summary>
    public async Task<(IReadOnlyList<LiveBroker> Registered, IReadOnlySet<int> Ids)> GetAllAndIdsAsync()
    {
        var ids = await GetIdsAsync();
        var found = await ids.Select(TryGetAsync).AwaitAllAsync();
        return ([.. found.OfType<LiveBroker>()], new SortedSet<int>(ids));
    }

    /// <summary>The ids of all registered brokers, ascending.</summary>
    public async Task<IReadOnlyList<int>> GetIdsAsync() =>
    [
        .. (await znodes.GetChildrenAsync(BrokerIdZnode.ParentPath))
            .Select(name => JavaText.TryParseInt(name, out var id) && id >= 0 ? id : NoId)
            .Where(id => id != NoId)
            .Order(),
    ];

    private async Task<LiveBroker?> TryGetAsync(int brokerId)
    {
        try
        {
            return await GetAsync(brokerId);
        }
        catch (MalformedDataException failure)
        {
            logger.LogError("Passing over broker {BrokerId}: {Reason}", brokerId, failure.Message);
            return null;
        }
    }

    private async Task RequireFreeEndpointsAsync(BrokerRegistration broker)
    {
        var addresses = broker.Endpoints.Select(endpoint => endpoint.Address).ToHashSet(StringComparer.Ordinal);
        foreach (var other in await GetAllAsync())
        {
            string[] taken = [.. other.Registration.Endpoints.Select(endpoint => endpoint.Address).Where(addresses.Contains).Distinct()];
            if (other.Id != broker.Id && taken.Length > 0)
            {
                throw new DuplicateBrokerException(
                    $"Configured end points {string.Join(',', taken)} in advertised listeners are already registered by broker {other.Id}");
            }
        }
    }

    /// <summary>The broker epoch, or null where someone else's znode stands in the way.</summary>
    private async Task<long?> TryCreateAsync(string path, byte[] data)
    {
        while (true)
        {
            var session = znodes.SessionId;

            // As Kafka's brokers do, created without data and set in one transaction; the version of a registration therefore starts at 1.
            var result = await znodes.MultiAsync(
                [new CreateOp(path, default, znodes.AclOf(path), CreateMode.Ephemeral), new SetDataOp(path, data, 0)]);
            if (result.Committed)
            {
                _pastSessions.Add(session);
                return result.Results[1].Stat!.Value.Czxid;
            }

            if (result.Error != ZooKeeperError.NodeExists)
            {
                throw ZooKeeperException.For(result.Error, path);
            }

            if (await znodes.ExistsAsync(path) is not { } standing)
            {
                continue;
            }

            if (standing.EphemeralOwner == znodes.SessionId)
            {
                _pastSessions.Add(standing.EphemeralOwner);
                return standing.Czxid;
            }

            if (!_pastSessions.Contains(standing.EphemeralOwner))
            {
                return null;
            }

            // ZooKeeper has told us that this session of ours is over, but not yet removed what it owned (KAFKA-7165).
            await znodes.MultiAsync([new DeleteOp(path, standing.Version)]);
        }
    }

    private async Task OutwaitAsync(int brokerId, long deadlineMs, bool announce)
    {
        var path = BrokerIdZnode.Path(brokerId);
        var remainingMs = deadlineMs - loop.Time.MonotonicMs();
        if (remainingMs <= 0)
        {
            throw new DuplicateBrokerException(
                $"Broker id {brokerId} is in use: {path} is held by another live session. "
                + "Stop the other broker, or give this one another broker.id.");
        }

        if (announce)
        {
            logger.LogWarning(
                "{Path} is still held by another session, probably of this broker before it was killed; waiting up to "
                    + "{RemainingMs} ms for it to expire.",
                path,
                remainingMs);
        }

        await loop.DelayAsync(RetryInterval);
    }

    /// <summary>
    /// ZooKeeper ends a session at the tick after its timeout. The tick is at most as long as the shortest timeout it grants, half as long
    /// by default.
    /// </summary>
    private long PatienceMs() => 2L * znodes.SessionTimeoutMs;
}
