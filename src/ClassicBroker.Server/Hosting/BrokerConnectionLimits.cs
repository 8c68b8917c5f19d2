using System.Net;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Server.Config;
using ClassicBroker.Transport;

namespace ClassicBroker.Server.Hosting;

/// <summary>Reads <c>max.connections…</c> and <c>max.connection.creation.rate</c>, the broker's and its listeners'. Stateless.</summary>
internal static class BrokerConnectionLimits
{
    private const string TotalKey = "max.connections";
    private const string PerAddressKey = "max.connections.per.ip";
    private const string OverridesKey = "max.connections.per.ip.overrides";

    /// <summary>Where nothing is said, connections leave so much of the open files to logs: a quarter.</summary>
    private const int FilesToConnections = 4;

    /// <param name="config">The configuration to read.</param>
    /// <param name="resolver">Knows the addresses of hosts.</param>
    /// <param name="openFilesMax">How many files and connections the process may have open: what is not limited is, by these.</param>
    /// <param name="leftOut">Told of an override without an address, which is then left out; null has it refused.</param>
    /// <exception cref="ConfigException">An override names a host without an address.</exception>
    public static async Task<ConnectionLimits> ReadAsync(
        KafkaConfig config, IAddressResolver resolver, long openFilesMax, Action<string>? leftOut = null)
    {
        var ofFiles = (int)Math.Min(int.MaxValue, openFilesMax - (openFilesMax / FilesToConnections));
        return new()
        {
            TotalMax = config.Originals.ContainsKey(TotalKey) ? config.MaxConnections : ofFiles,
            PerAddressMax = config.Originals.ContainsKey(PerAddressKey) ? config.MaxConnectionsPerIp : ofFiles / 2,
            AddressOverrides = await ResolveAsync(config.Values.String(OverridesKey), resolver, leftOut),
            ListenerMax = ByListener(config, TotalKey),
            CreationRateMax = config.MaxConnectionCreationRate,
            ListenerCreationRateMax = ByListener(config, "max.connection.creation.rate"),
            ProtectedListener = config.Listeners.InterBroker,
        };
    }

    /// <summary>Reads <c>host:count,…</c> without asking for addresses; what is behind the last colon is the count.</summary>
    /// <exception cref="ConfigException">It does not read so.</exception>
    public static IReadOnlyList<(string Host, int Max)> ParseOverrides(string text)
    {
        var overrides = new List<(string, int)>();
        foreach (var entry in JavaText.SplitList(text).Where(entry => entry.Length > 0))
        {
            var colon = entry.LastIndexOf(':');
            if (colon <= 0 || !JavaText.TryParseInt(JavaText.Trim(entry[(colon + 1)..]), out var max) || max < 0)
            {
                throw new ConfigException(OverridesKey, text, $"'{entry}' is not host:count");
            }

            overrides.Add((entry[..colon].Trim().Trim('[', ']'), max));
        }

        return overrides;
    }

    private static async Task<IReadOnlyDictionary<IPAddress, int>> ResolveAsync(
        string text, IAddressResolver resolver, Action<string>? leftOut)
    {
        var overrides = new Dictionary<IPAddress, int>();
        foreach (var (host, max) in ParseOverrides(text))
        {
            try
            {
                foreach (var address in await resolver.ResolveAsync(host))
                {
                    overrides[address] = max;
                }
            }
            catch (UnknownHostException unknown) when (leftOut is not null)
            {
                leftOut(unknown.Message);
            }
            catch (UnknownHostException unknown)
            {
                throw new ConfigException(OverridesKey, text, unknown.Message);
            }
        }

        return overrides;
    }

    /// <summary>What keys with a listener's prefix say; the plain key is the broker's and holds for all listeners together.</summary>
    private static SortedDictionary<string, int> ByListener(KafkaConfig config, string key)
    {
        var limits = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var listener in config.Listeners.Bound.Select(endpoint => endpoint.ListenerName))
        {
            if (config.Originals.ContainsKey(BrokerConfigDefinition.PrefixOf(listener) + key))
            {
                limits[listener] = config.ValuesOf(listener).Int(key);
            }
        }

        return limits;
    }
}
