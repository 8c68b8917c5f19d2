using ClassicBroker.Server.Config.Keys;

namespace ClassicBroker.Server.Config;

/// <summary>Every key a broker's file may hold: those of Kafka 3.9 in ZooKeeper mode and those 2.2 and 0.8 still had.</summary>
public static class BrokerConfigDefinition
{
    /// <summary>Prefix of keys that hold for one listener, <c>listener.name.&lt;lower-case name&gt;.</c>.</summary>
    public const string ListenerPrefix = "listener.name.";

    /// <summary>For each key read from several, the order in which they are asked; part of DescribeConfigs' synonyms.</summary>
    private static readonly string[][] SynonymChains =
    [
        ["log.roll.ms", "log.roll.hours"],
        ["log.roll.jitter.ms", "log.roll.jitter.hours"],
        ["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
        ["log.flush.interval.ms", "log.flush.scheduler.interval.ms"],
    ];

    public static ConfigDefinition Keys { get; } = new(
        ZooKeeperConfigKeys.Keys,
        GeneralConfigKeys.Keys,
        LogConfigKeys.Keys,
        ReplicationConfigKeys.Keys,
        GroupConfigKeys.Keys,
        TransactionConfigKeys.Keys,
        QuotaConfigKeys.Keys,
        MetricsConfigKeys.Keys,
        OperationsConfigKeys.Keys,
        ConsoleKeys.Keys,
        TlsConfigKeys.Keys,
        SaslConfigKeys.Keys,
        KRaftConfigKeys.Keys,
        TieredStorageConfigKeys.Keys);

    /// <summary>The key itself and those it falls back to, in order.</summary>
    public static IReadOnlyList<string> SynonymsOf(string key) =>
        SynonymChains.FirstOrDefault(chain => chain.Contains(key)) ?? (IReadOnlyList<string>)[key];

    /// <summary>What precedes keys that hold for one listener.</summary>
    public static string PrefixOf(string listener) => $"{ListenerPrefix}{listener.ToLowerInvariant()}.";

    /// <summary>What precedes keys that hold for one SASL mechanism of a listener.</summary>
    public static string PrefixOf(string listener, string mechanism) => $"{PrefixOf(listener)}{mechanism.ToLowerInvariant()}.";

    /// <summary>Splits <c>listener.name.internal.ssl.keystore.location</c> into <c>internal</c> and the plain key.</summary>
    public static bool TrySplitListenerPrefix(string key, out string listener, out string plainKey)
    {
        (listener, plainKey) = (string.Empty, key);
        if (!key.StartsWith(ListenerPrefix, StringComparison.Ordinal))
        {
            return false;
        }

        var dot = key.IndexOf('.', ListenerPrefix.Length);
        if (dot < 0)
        {
            return false;
        }

        (listener, plainKey) = (key[ListenerPrefix.Length..dot], key[(dot + 1)..]);
        return true;
    }

    /// <summary>The definition behind a key that may carry a listener and a SASL mechanism prefix; null for foreign keys.</summary>
    public static ConfigKey? Resolve(string key)
    {
        if (Keys.Find(key) is { } plain)
        {
            return plain;
        }

        if (!TrySplitListenerPrefix(key, out _, out var unprefixed))
        {
            return null;
        }

        var dot = unprefixed.IndexOf('.', StringComparison.Ordinal);
        return Keys.Find(unprefixed) ?? (dot > 0 ? Keys.Find(unprefixed[(dot + 1)..]) : null);
    }

    /// <summary>True for keys no part of Kafka defines.</summary>
    public static bool IsUnknown(string key) => Resolve(key) is null && !TieredStorageConfigKeys.IsOfPlugin(key);
}
