using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ClassicBroker.Platform.Metrics;

namespace ClassicBroker.Rpc;

/// <summary>
/// Requests of versions that Kafka 4 serves no more, by the client that sent them (KIP-896). Clients name themselves, so that the number
/// of names is bounded. Threading: any.
/// </summary>
internal sealed class DeprecatedRequests
{
    private const int ClientsMax = 1_000;
    private const string Unknown = "unknown";

    private readonly ConcurrentDictionary<(string Request, short Version, string Software, string SoftwareVersion), MetricCounter> _counts =
        new();

    public void Add(RequestContext context)
    {
        var connection = context.Connection;
        var key = (context.Api.Name, context.ResponseVersion, connection.SoftwareName, connection.SoftwareVersion);
        if (!_counts.TryGetValue(key, out var count))
        {
            if (_counts.Count >= ClientsMax)
            {
                key = (context.Api.Name, context.ResponseVersion, Unknown, Unknown);
            }

            count = _counts.GetOrAdd(key, static _ => new MetricCounter());
        }

        count.Increment();
    }

    public IEnumerable<Measurement<long>> Counts() => _counts.OrderBy(entry => entry.Key).Select(entry => new Measurement<long>(
        entry.Value.Value,
        new("request", entry.Key.Request),
        new("version", $"{entry.Key.Version}"),
        new("clientSoftwareName", entry.Key.Software),
        new("clientSoftwareVersion", entry.Key.SoftwareVersion)));
}
