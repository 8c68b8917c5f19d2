using System.Text.RegularExpressions;
using ClassicBroker.Metadata;
using ClassicBroker.Primitives;

namespace ClassicBroker.Server.Config;

/// <summary>
/// What the broker binds, what it advertises, and which listener brokers use among themselves, with all the rules that tie these
/// together. Immutable.
/// </summary>
public sealed partial class BrokerListeners
{
    private BrokerListeners(
        IReadOnlyList<BrokerEndpoint> bound,
        IReadOnlyList<BrokerEndpoint> advertised,
        string interBroker,
        string? controlPlane,
        IReadOnlyDictionary<string, SecurityProtocol> protocols)
    {
        Bound = bound;
        Advertised = advertised;
        InterBroker = interBroker;
        ControlPlane = controlPlane;
        Protocols = protocols;
    }

    public IReadOnlyList<BrokerEndpoint> Bound { get; }

    public IReadOnlyList<BrokerEndpoint> Advertised { get; }

    /// <summary>Name of the listener other brokers connect to.</summary>
    public string InterBroker { get; }

    /// <summary>Name of the listener the controller connects to, where that is not the inter-broker listener.</summary>
    public string? ControlPlane { get; }

    public IReadOnlyDictionary<string, SecurityProtocol> Protocols { get; }

    public SecurityProtocol InterBrokerProtocol => Protocols[InterBroker];

    /// <param name="properties">The file as written: some rules ask whether a key was set at all.</param>
    /// <param name="values">The same, parsed.</param>
    /// <param name="canonicalHostName">What an advertised listener without a host becomes.</param>
    /// <exception cref="ConfigException">The entries contradict each other or do not read as listeners.</exception>
    public static BrokerListeners From(
        IReadOnlyDictionary<string, string> properties,
        ConfigValues values,
        string canonicalHostName)
    {
        var protocols = ParseProtocolMap(values.String("listener.security.protocol.map"));
        var bound = Parse("listeners", BoundText(properties, values), protocols);
        RequireDistinctNames("listeners", bound);
        RequireDistinctPorts(bound);
        var advertisedText = AdvertisedText(properties, values);
        var advertised = advertisedText is null ? bound : Parse("advertised.listeners", advertisedText, protocols);
        advertised = [.. advertised.Select(listener => listener.Host.Length == 0 ? listener with { Host = canonicalHostName } : listener)];
        var interBroker = InterBrokerName(properties, values, protocols);
        var controlPlane = values.StringOrNull("control.plane.listener.name")?.ToUpperInvariant();
        Check(bound, advertised, interBroker, controlPlane);
        return new(bound, advertised, interBroker, controlPlane, protocols);
    }

    private static string BoundText(IReadOnlyDictionary<string, string> properties, ConfigValues values) =>
        !properties.ContainsKey("listeners") && (properties.ContainsKey("port") || properties.ContainsKey("host.name"))
            ? $"PLAINTEXT://{values.StringOrNull("host.name")}:{values.Int("port")}"
            : values.String("listeners");

    private static string? AdvertisedText(IReadOnlyDictionary<string, string> properties, ConfigValues values)
    {
        if (values.StringOrNull("advertised.listeners") is { } text)
        {
            return text;
        }

        if (!properties.ContainsKey("advertised.host.name") && !properties.ContainsKey("advertised.port"))
        {
            return null;
        }

        var host = values.StringOrNull("advertised.host.name") ?? values.StringOrNull("host.name");
        return $"PLAINTEXT://{host}:{values.IntOrNull("advertised.port") ?? values.Int("port")}";
    }

    private static SortedDictionary<string, SecurityProtocol> ParseProtocolMap(string text)
    {
        var protocols = new SortedDictionary<string, SecurityProtocol>(StringComparer.Ordinal);
        foreach (var entry in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = entry.LastIndexOf(':');
            var name = colon > 0 ? entry[..colon].Trim().ToUpperInvariant() : string.Empty;
            if (colon <= 0 || !SecurityProtocolNames.TryParse(entry[(colon + 1)..].Trim(), out var protocol))
            {
                var named = entry[(colon + 1)..].Trim();
                throw new ConfigException($"Invalid security protocol `{named}` defined in listener.security.protocol.map");
            }

            if (!protocols.TryAdd(name, protocol))
            {
                throw new ConfigException("listener.security.protocol.map", text, $"Listener {name} occurs twice");
            }
        }

        return protocols;
    }

    private static List<BrokerEndpoint> Parse(string key, string text, IReadOnlyDictionary<string, SecurityProtocol> protocols)
    {
        var endPoints = new List<BrokerEndpoint>();
        foreach (var entry in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var match = Pattern().Match(entry);
            if (!match.Success
                || !JavaText.TryParseInt(match.Groups["port"].Value, out var port) || port is < ushort.MinValue or > ushort.MaxValue)
            {
                throw Unusable($"Unable to parse {entry} to a broker endpoint");
            }

            var name = match.Groups["name"].Value.ToUpperInvariant();
            endPoints.Add(protocols.TryGetValue(name, out var protocol)
                ? new BrokerEndpoint(name, match.Groups["host"].Value, port, protocol)
                : throw Unusable($"No security protocol defined for listener {name}"));
        }

        return endPoints.Count > 0
            ? endPoints
            : throw new ConfigException($"There must be at least one broker advertised listener. Found none in {key}.");

        ConfigException Unusable(string reason) => new($"Error creating broker listeners from '{text}': {reason}");
    }

    private static string InterBrokerName(
        IReadOnlyDictionary<string, string> properties,
        ConfigValues values,
        IReadOnlyDictionary<string, SecurityProtocol> protocols)
    {
        if (values.StringOrNull("inter.broker.listener.name") is not { } name)
        {
            return values.String("security.inter.broker.protocol").ToUpperInvariant();
        }

        if (properties.ContainsKey("security.inter.broker.protocol"))
        {
            throw new ConfigException("Only one of inter.broker.listener.name and security.inter.broker.protocol should be set.");
        }

        return protocols.ContainsKey(name.ToUpperInvariant())
            ? name.ToUpperInvariant()
            : throw new ConfigException(
                $"Listener with name {name} defined in inter.broker.listener.name not found in listener.security.protocol.map.");
    }

    private static void Check(
        IReadOnlyList<BrokerEndpoint> bound,
        IReadOnlyList<BrokerEndpoint> advertised,
        string interBroker,
        string? controlPlane)
    {
        var boundNames = Names(bound);
        var advertisedNames = Names(advertised);
        if (!advertisedNames.Contains(interBroker))
        {
            throw new ConfigException(
                "inter.broker.listener.name must be a listener name defined in advertised.listeners. "
                + $"The valid options based on currently configured listeners are {string.Join(',', advertisedNames)}");
        }

        if (!advertisedNames.IsSubsetOf(boundNames))
        {
            throw new ConfigException(
                "advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. "
                + $"Found {string.Join(',', advertisedNames)}. "
                + $"The valid options based on the current configuration are {string.Join(',', boundNames)}");
        }

        if (advertised.Any(listener => listener.Host == "0.0.0.0"))
        {
            throw new ConfigException("advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.");
        }

        if (controlPlane is not null && !advertisedNames.Contains(controlPlane))
        {
            throw new ConfigException(
                "control.plane.listener.name must be a listener name defined in advertised.listeners. "
                + $"The valid options based on currently configured listeners are {string.Join(',', advertisedNames)}");
        }

        if (controlPlane == interBroker)
        {
            throw new ConfigException(
                "control.plane.listener.name, when defined, should have a different value from the inter broker listener name. "
                + $"Currently they both have the value ListenerName({controlPlane})");
        }
    }

    private static SortedSet<string> Names(IEnumerable<BrokerEndpoint> listeners) =>
        new(listeners.Select(listener => listener.ListenerName), StringComparer.Ordinal);

    private static void RequireDistinctNames(string key, IReadOnlyList<BrokerEndpoint> listeners)
    {
        if (Names(listeners).Count != listeners.Count)
        {
            var all = string.Join(',', listeners);
            throw new ConfigException($"Each listener must have a different name, {key}: {all}");
        }
    }

    /// <summary>A port may be given twice only as one IPv4 and one IPv6 address; port 0 means any and never clashes.</summary>
    private static void RequireDistinctPorts(IReadOnlyList<BrokerEndpoint> listeners)
    {
        foreach (var samePort in listeners.Where(listener => listener.Port != 0).GroupBy(listener => listener.Port))
        {
            var sharing = samePort.ToList();
            var families = sharing.Count(listener => listener.Host.Contains(':'));
            if (sharing.Count == 2 && families != 1)
            {
                throw new ConfigException(
                    "If you have two listeners on the same port then one needs to be IPv4 and the other IPv6, "
                    + $"listeners: {string.Join(',', listeners)}, port: {samePort.Key}");
            }

            if (sharing.Count > 2)
            {
                throw new ConfigException(
                    "Each listener must have a different port unless exactly one listener has an IPv4 address and the other IPv6 address, "
                    + $"listeners: {string.Join(',', listeners)}");
            }
        }
    }

    [GeneratedRegex(@"^(?<name>[^:/]+)://(\[(?<host>[0-9a-zA-Z\-%._:]*)\]|(?<host>[0-9a-zA-Z\-%._]*)):(?<port>[0-9]+)$")]
    private static partial Regex Pattern();
}
