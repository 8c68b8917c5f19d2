using ClassicBroker.Primitives;

namespace ClassicBroker.ZooKeeper.Server;

/// <summary>
/// Turns the properties of <c>zookeeper.properties</c> into a <see cref="ZooKeeperServerConfig"/>. Unknown keys are reported; keys that
/// only an ensemble or a console needs are accepted and without effect.
/// </summary>
public sealed class ZooKeeperServerConfigParser
{
    private static readonly string[] WithoutEffect =
    [
        "admin.", "initLimit", "syncLimit", "peerType", "autopurge.purgeInterval", "clientPortListenBacklog", "globalOutstandingLimit",
        "standaloneEnabled", "metricsProvider.", "fsync.", "zookeeper.", "electionAlg", "localSessionsEnabled", "reconfigEnabled",
    ];

    private readonly SortedDictionary<string, string> _properties = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _used = new(StringComparer.Ordinal);

    private ZooKeeperServerConfigParser(IReadOnlyDictionary<string, string> properties)
    {
        foreach (var (key, value) in properties)
        {
            _properties[JavaText.Trim(key)] = JavaText.Trim(value);
        }
    }

    /// <summary>Reads the properties; <see cref="MalformedDataException"/> names the key that is missing or wrong.</summary>
    public static ZooKeeperServerConfig Parse(IReadOnlyDictionary<string, string> properties, Action<string> warn)
    {
        var parser = new ZooKeeperServerConfigParser(properties);
        var config = parser.Build();
        foreach (var key in parser._properties.Keys.Where(key => !parser._used.Contains(key) && !HasNoEffect(key)))
        {
            warn($"Unknown key {key} in the ZooKeeper configuration");
        }

        return config;
    }

    private static bool HasNoEffect(string key) => WithoutEffect.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal));

    private ZooKeeperServerConfig Build()
    {
        if (_properties.Keys.FirstOrDefault(key => key.StartsWith("server.", StringComparison.Ordinal)) is { } member)
        {
            throw new MalformedDataException($"{member}: this server runs alone; an ensemble takes Apache ZooKeeper");
        }

        var dataDir = Text("dataDir") ?? throw new MalformedDataException("dataDir is missing");
        var tickTimeMs = Number("tickTime", 3000, 1);
        return new ZooKeeperServerConfig
        {
            DataDir = dataDir,
            DataLogDir = Text("dataLogDir") ?? dataDir,
            ClientPort = Number("clientPort", ZooKeeperServerConfig.ClientPortDefault, 0, ushort.MaxValue),
            ClientPortAddress = Text("clientPortAddress"),
            TickTimeMs = tickTimeMs,
            MinSessionTimeoutMs = Timeout("minSessionTimeout", 2 * tickTimeMs),
            MaxSessionTimeoutMs = Timeout("maxSessionTimeout", 20 * tickTimeMs),
            MaxClientCnxns = Number("maxClientCnxns", 60, 0),
            SnapCount = Number("snapCount", 100_000, 2),
            SnapRetainCount = Math.Max(3, Number("autopurge.snapRetainCount", 3, 1)),
            PreallocateBytes = Number("preAllocSize", 64 * 1024, 0) * 1024L,
            JuteMaxBuffer = Number("jute.maxbuffer", ZooKeeperServerConfig.JuteMaxBufferDefault, 1024, 1024 * 1024 * 1024),
            ExtendedTypesEnabled = Flag("extendedTypesEnabled") || Flag("zookeeper.extendedTypesEnabled"),
            FourLetterWords = Words(),
        } is var config && config.MinSessionTimeoutMs > config.MaxSessionTimeoutMs
            ? throw new MalformedDataException("minSessionTimeout must not be larger than maxSessionTimeout")
            : config;
    }

    private string? Text(string key)
    {
        _used.Add(key);
        return _properties.TryGetValue(key, out var value) && value.Length > 0 ? value : null;
    }

    private int Number(string key, int fallback, int min, int max = int.MaxValue)
    {
        if (Text(key) is not { } text)
        {
            return fallback;
        }

        return JavaText.TryParseInt(text, out var value)
            && value >= min
            && value <= max
            ? value
            : throw new MalformedDataException($"{key}={text}: a number from {min} to {max} is expected");
    }

    private bool Flag(string key) => Text(key) is { } text && JavaText.TryParseBoolean(text, out var value) && value;

    /// <summary>ZooKeeper writes -1 for the default.</summary>
    private int Timeout(string key, int fallback) => Number(key, -1, -1) is var value and > 0 ? value : fallback;

    private IReadOnlyCollection<string> Words() =>
        Text("4lw.commands.whitelist") is { } words
            ? words.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            : new ZooKeeperServerConfig { DataDir = "", DataLogDir = "" }.FourLetterWords;
}
