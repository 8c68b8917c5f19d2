using ClassicBroker.Client;
using ClassicBroker.Protocol;

namespace ClassicBroker.AdminConsole.Clusters;

/// <summary>The APIs that all brokers of a cluster serve: what it lacks, the console hides. Immutable.</summary>
internal sealed class ClusterApis
{
    private readonly HashSet<short> _served;

    public ClusterApis(IReadOnlyList<NodeApiVersions> nodes)
    {
        Nodes = nodes;
        var asked = nodes.Where(node => node.Failure is null).ToArray();
        _served =
        [
            .. asked.SelectMany(node => node.Apis)
                .GroupBy(range => range.ApiKey)
                .Where(api => api.Count() == asked.Length)
                .Select(api => api.Key),
        ];
    }

    public IReadOnlyList<NodeApiVersions> Nodes { get; }

    public bool Has(ApiKey api) => _served.Contains((short)api);
}
