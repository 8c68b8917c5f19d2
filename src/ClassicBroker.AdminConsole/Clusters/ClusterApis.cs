using ClassicBroker.Client;
using ClassicBroker.Protocol;

namespace ClassicBroker.AdminConsole.Clusters;

/// <summary>The APIs that all brokers of a cluster serve: what it lacks, the console hides. Immutable.</summary>
internal sealed class ClusterApis
{
    private readonly SortedDictionary<short, short> _newest = [];

    public ClusterApis(IReadOnlyList<NodeApiVersions> nodes)
    {
        var asked = nodes.Where(node => node.Failure is null).ToArray();
        Nodes = nodes;
        foreach (var api in asked.SelectMany(node => node.Apis).GroupBy(range => range.ApiKey))
        {
            if (api.Count() == asked.Length)
            {
                _newest[api.Key] = api.Min(range => range.MaxVersion);
            }
        }
    }

    public IReadOnlyList<NodeApiVersions> Nodes { get; }

    public bool Has(ApiKey api) => _newest.ContainsKey((short)api);

    public bool Has(ApiKey api, short version) => _newest.TryGetValue((short)api, out var newest) && newest >= version;
}
