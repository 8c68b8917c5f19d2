using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Rpc;

/// <summary>What a broker speaks: told by itself in ApiVersions, or assumed of brokers too old to be asked. Immutable.</summary>
public sealed class BrokerApiVersions
{
    private readonly Dictionary<short, ApiVersionRange> _ranges;

    public BrokerApiVersions(IEnumerable<ApiVersionRange> ranges)
    {
        All = [.. ranges.OrderBy(range => range.ApiKey)];
        _ranges = new(All.Count);
        foreach (var range in All)
        {
            _ranges[range.ApiKey] = range;
        }
    }

    /// <summary>A broker of release 0.9, the last that does not answer ApiVersions.</summary>
    public static BrokerApiVersions Kafka09 { get; } = new(
    [
        Upto(ApiKey.Produce, 1),
        Upto(ApiKey.Fetch, 1),
        Upto(ApiKey.ListOffsets, 0),
        Upto(ApiKey.Metadata, 0),
        Upto(ApiKey.LeaderAndIsr, 0),
        Upto(ApiKey.StopReplica, 0),
        Upto(ApiKey.UpdateMetadata, 1),
        Upto(ApiKey.ControlledShutdown, 1),
        Upto(ApiKey.OffsetCommit, 2),
        Upto(ApiKey.OffsetFetch, 1),
        Upto(ApiKey.FindCoordinator, 0),
        Upto(ApiKey.JoinGroup, 0),
        Upto(ApiKey.Heartbeat, 0),
        Upto(ApiKey.LeaveGroup, 0),
        Upto(ApiKey.SyncGroup, 0),
        Upto(ApiKey.DescribeGroups, 0),
        Upto(ApiKey.ListGroups, 0),
    ]);

    /// <summary>
    /// Everything known here: for peers whose versions are agreed on otherwise, such as by inter.broker.protocol.version.
    /// </summary>
    public static BrokerApiVersions Unlimited { get; } =
        new(ApiCatalog.All.Select(api => new ApiVersionRange((short)api.Key, api.MinVersion, api.MaxVersion)));

    /// <summary>Ordered by key.</summary>
    public IReadOnlyList<ApiVersionRange> All { get; }

    /// <summary>
    /// The highest version of <paramref name="api"/> both sides speak, at most <paramref name="maxVersion"/>; null for none.
    /// </summary>
    public short? Choose(ApiDescriptor api, short maxVersion = short.MaxValue)
    {
        if (!_ranges.TryGetValue((short)api.Key, out var range))
        {
            return null;
        }

        var version = Math.Min(Math.Min(range.MaxVersion, api.MaxVersion), maxVersion);
        return version >= range.MinVersion && version >= api.MinVersion ? version : null;
    }

    public bool TryGet(ApiKey key, out ApiVersionRange range) => _ranges.TryGetValue((short)key, out range);

    internal static BrokerApiVersions From(ApiVersionsResponse response) =>
        new(response.ApiKeys.Select(range => new ApiVersionRange(range.ApiKey, range.MinVersion, range.MaxVersion)));

    private static ApiVersionRange Upto(ApiKey key, short max) => new((short)key, 0, max);
}
