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

    public static string Path(int brokerId) => string.Create(CultureInfo.InvariantCulture, $"{ParentPath}/{brokerId}");

    public static byte[] Encode(BrokerRegistration broker, MetadataVersion interBrokerProtocol)
    {
        var withFeatures = interBrokerProtocol.SupportsFeatureVersioning();
        return ZnodeWriter.Object(withFeatures ? CurrentVersion : VersionWithoutFeatures, json =>
        {
            // Clients of 0.8 read only host and port, and speak only plaintext.
            var plaintext = broker.Endpoints.FirstOrDefault(endpoint => endpoint.SecurityProtocol == SecurityProtocol.Plaintext);
            json.WriteString("host", plaintext?.Host);
            json.WriteNumber("port", plaintext?.Port ?? -1);
            json.WriteTexts("endpoints", broker.Endpoints.Select(endpoint => endpoint.ConnectionString));
            json.WriteNumber("jmx_port", broker.JmxPort);
            json.WriteLongText("timestamp", broker.TimestampMs);
            if (broker.Rack is not null)
            {
                json.WriteString("rack", broker.Rack);
            }

            WriteSecurityProtocols(json, broker.Endpoints);
            if (withFeatures)
            {
                WriteFeatures(json, broker.Features);
            }
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
            ? [new BrokerEndpoint("PLAINTEXT", json.Text("host"), json.Int("port"), SecurityProtocol.Plaintext)]
            : ReadEndpoints(json);
        var features = new SortedDictionary<string, FeatureRange>(StringComparer.Ordinal);
        foreach (var (name, range) in json.ObjectsByName("features"))
        {
            features[name] = new((short)range.Int("min_version"), (short)range.Int("max_version"));
        }

        return new(
            brokerId, endpoints, json.TextOrNull("rack"), json.IntOr("jmx_port", -1), json.Has("timestamp") ? json.Long("timestamp") : -1)
        {
            Features = features,
        };
    }

    private static BrokerEndpoint[] ReadEndpoints(ZnodeReader json)
    {
        var protocols = json.TextsByName("listener_security_protocol_map").ToDictionary(entry => entry.Name, entry => entry.Value);
        return
        [
            .. json.Texts("endpoints").Select(text =>
                BrokerEndpoint.TryParse(text, out var listener, out var host, out var port)
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
