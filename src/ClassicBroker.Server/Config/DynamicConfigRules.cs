namespace ClassicBroker.Server.Config;

/// <summary>Which broker keys a running broker takes, and at which level (KIP-226).</summary>
internal static class DynamicConfigRules
{
    private static readonly string[] ThreadPools =
        [
            "background.threads", "num.io.threads", "num.network.threads", "num.recovery.threads.per.data.dir", "num.replica.fetchers",
            "log.cleaner.threads",
        ];

    /// <summary>Keys that <c>&lt;default&gt;</c> may set for one listener of every broker.</summary>
    private static readonly string[] ClusterWideByListener = ["max.connections", "max.connection.creation.rate", "num.network.threads"];

    /// <exception cref="ConfigException">A key may not change while the broker runs, or not at this level.</exception>
    public static void Check(IReadOnlyDictionary<string, string> values, bool isPerBroker)
    {
        Refuse("Cannot update these configs dynamically", values.Keys.Where(IsFixed));
        Refuse(
            "These security configs can be dynamically updated only per-listener using the listener prefix",
            values.Keys.Where(NeedsPrefix));
        if (!isPerBroker)
        {
            Refuse("Cannot update these configs at default cluster level, broker id must be specified", values.Keys.Where(IsPerBrokerOnly));
        }

        foreach (var (key, value) in values)
        {
            BrokerConfigDefinition.Resolve(key)?.Parse(value);
        }
    }

    /// <summary>A pool may at most halve or double at a time.</summary>
    /// <exception cref="ConfigException">One does more.</exception>
    public static void CheckThreadPools(KafkaConfig current, KafkaConfig proposed)
    {
        foreach (var key in ThreadPools)
        {
            var (old, now) = (current.Values.Int(key), proposed.Values.Int(key));
            var fault =
                now == old ? null
                : now < 1 ? "value should be at least 1"
                : now < old / 2 ? $"value should be at least half the current value {old}"
                : now > old * 2L ? $"value should not be greater than double the current value {old}"
                : null;
            if (fault is not null)
            {
                // The words around the sentence are Kafka's, and clients have learnt to look for them.
                throw new ConfigException(
                    "Invalid dynamic configuration",
                    "org.apache.kafka.common.config.ConfigException: Dynamic thread count update validation failed for "
                    + $"{key}={now}, {fault}",
                    reason: null);
            }
        }
    }

    /// <summary>Whether DescribeConfigs calls a key read-only.</summary>
    public static bool IsReadOnly(string key) => BrokerConfigDefinition.Resolve(key) is not { UpdateMode: not ConfigUpdateMode.ReadOnly };

    private static bool IsFixed(string key) =>
        BrokerConfigDefinition.Resolve(key) is { UpdateMode: ConfigUpdateMode.ReadOnly };

    private static bool NeedsPrefix(string key) =>
        BrokerConfigDefinition.Keys.Find(key) is { UpdateMode: ConfigUpdateMode.PerListener };

    private static bool IsPerBrokerOnly(string key) =>
        BrokerConfigDefinition.TrySplitListenerPrefix(key, out _, out var plain)
            ? !ClusterWideByListener.Contains(plain)
            : BrokerConfigDefinition.Resolve(key) is { UpdateMode: ConfigUpdateMode.PerBroker or ConfigUpdateMode.PerListener };

    private static void Refuse(string reason, IEnumerable<string> keys)
    {
        var refused = keys.Order(StringComparer.Ordinal).ToList();
        if (refused.Count > 0)
        {
            throw new ConfigException($"{reason}: Set({string.Join(", ", refused)})");
        }
    }
}
