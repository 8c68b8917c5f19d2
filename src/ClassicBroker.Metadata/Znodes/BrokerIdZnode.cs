using System.Globalization;
using System.Text.Json;
using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Znodes;

/// <summary>
/// <c>/brokers/ids/N</c>, ephemeral: a live broker. Version 1 knows only host and port, 2 endpoints, 3 a rack, 4 the security
/// protocol of each listener name, 5 features (KIP-584). Its czxid is the broker epoch (KIP-380).
/// </summary>
public static class BrokerIdZnode
{
    public const string ParentPath = "/brokers/ids";

    private const int VersionWithoutFeatures = 4;
    private const int CurrentVersion = 5;
    private const int PortMax = ushort.MaxValue;

    public static string Path(int brokerId) => string.Create(CultureInfo.InvariantCulture, $"{ParentPath}/{brokerId}");

    public static byte[] Encode(BrokerRegistration broker, MetadataVersion interBrokerProtocol)
    {
        var withFeatures = interBrokerProtocol.SupportsFeatureVersioning();
        return ZnodeWriter.Object(json =>
        {
            // The order of the keys is Kafka's.
            if (withFeatures)
            {
                WriteFeatures(json, broker.Features);
            }

            WriteSecurityProtocols(json, broker.Endpoints);
            json.WriteTexts("endpoints", broker.Endpoints.Select(endpoint => endpoint.ConnectionString));
            if (broker.Rack is not null)
            {
                json.WriteString("rack", broker.Rack);
            }

            // Clients of 0.8 read only host and port, and speak only plaintext.
            var plaintext = broker.Endpoints.FirstOrDefault(endpoint => endpoint.SecurityProtocol == SecurityProtocol.Plaintext);
            json.WriteNumber("jmx_port", broker.JmxPort);
            json.WriteNumber("port", plaintext?.Port ?? -1);
            json.WriteString("host", plaintext?.Host);
            json.WriteNumber("version", withFeatures ? CurrentVersion : VersionWithoutFeatures);
            json.WriteLongText("timestamp", broker.TimestampMs);
        });
    }

    public static BrokerRegistration Decode(int brokerId, ReadOnlySpan<byte> data)
    {
        var json = ZnodeReader.Parse(Path(brokerId), data);
        var version = json.Int("version");
        if (version < 1)
        {
            throw json.Wrong("version", "1 or later");
        }

        var endpoints = version == 1
            ? [new BrokerEndpoint("PLAINTEXT", json.Text("host"), PortOf(json), SecurityProtocol.Plaintext)]
            : ReadEndpoints(json);
        var features = new SortedDictionary<string, FeatureRange>(StringComparer.Ordinal);
        foreach (var (name, range) in json.ObjectsByName("features"))
        {
            features[name] = new(range.Short("min_version"), range.Short("max_version"));
        }

        return new(
            brokerId, endpoints, json.TextOrNull("rack"), json.IntOr("jmx_port", -1), json.Has("timestamp") ? json.Long("timestamp") : -1)
        {
            Features = features,
        };
    }

    private static int PortOf(ZnodeReader json) =>
        json.Int("port") is >= 0 and <= PortMax and var port ? port : throw json.Wrong("port", "a port");

    private static BrokerEndpoint[] ReadEndpoints(ZnodeReader json)
    {
        var protocols = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in json.TextsByName("listener_security_protocol_map"))
        {
            protocols[name] = value;
        }

        return
        [
            .. json.Texts("endpoints").Select(text =>
                BrokerEndpoint.TryParse(text, out var listener, out var host, out var port)
                && port is >= 0 and <= PortMax
                && SecurityProtocolNames.TryParse(protocols.GetValueOrDefault(listener, listener), out var protocol)
                    ? new BrokerEndpoint(listener, host, port, protocol)
                    : throw json.Wrong("endpoints", $"made of known listeners: {text}")),
        ];
    }

    private static void WriteSecurityProtocols(Utf8JsonWriter json, IEnumerable<BrokerEndpoint> endpoints)
    {
        json.WriteStartObject("listener_security_protocol_map");
        foreach (var endpoint in endpoints)
        {
            json.WriteString(endpoint.ListenerName, endpoint.SecurityProtocol.WireName());
        }

        json.WriteEndObject();
    }

    private static void WriteFeatures(Utf8JsonWriter json, IReadOnlyDictionary<string, FeatureRange> features)
    {
        json.WriteStartObject("features");
        foreach (var (name, range) in features)
        {
            json.WriteStartObject(name);
            json.WriteNumber("min_version", range.MinVersion);
            json.WriteNumber("max_version", range.MaxVersion);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
