using ClassicBroker.Server.Config.Keys;

namespace ClassicBroker.Server.Config;

/// <summary>
/// The keys a topic may override, each with the broker keys that supply it where it does not (<c>segment.ms</c> is the broker's
/// <c>log.roll.ms</c>).
/// </summary>
public static class TopicConfigDefinition
{
    public static ConfigDefinition Keys { get; } = new(TopicConfigKeys.Keys);

    /// <summary>Checks a topic's overrides as CreateTopics and the config APIs must.</summary>
    /// <exception cref="ConfigException">A key is no topic key, or a value is wrong.</exception>
    public static void Validate(IReadOnlyDictionary<string, string?> overrides)
    {
        foreach (var (key, value) in overrides.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            var definition = Keys.Find(key) ?? throw new ConfigException($"Unknown topic config name: {key}");
            if (value is null)
            {
                throw new ConfigException(key, value, "entry must be non null");
            }

            definition.Parse(value);
        }

        RequireLagsInOrder(overrides);
        if (IsTrue("remote.log.delete.on.disable") || IsTrue("remote.log.copy.disable"))
        {
            throw new ConfigException(
                "It is invalid to set `remote.log.delete.on.disable` or `remote.log.copy.disable` under Zookeeper's mode.");
        }

        if (IsTrue("remote.storage.enable"))
        {
            throw new ConfigException(
                "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.");
        }

        bool IsTrue(string key) => overrides.GetValueOrDefault(key) is { } text && Keys.Find(key)!.Parse(text) is true;
    }

    /// <summary>
    /// A topic's values: its own, else the broker's by the synonyms, else the default. <c>log.roll.hours</c> and their like are already
    /// converted in <paramref name="broker"/>.
    /// </summary>
    public static ConfigValues Derive(KafkaConfig broker, IReadOnlyDictionary<string, string> overrides)
    {
        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var key in Keys.Keys)
        {
            values[key.Name] = overrides.TryGetValue(key.Name, out var text) ? key.Parse(text) : BrokerDefault(key, broker);
        }

        return new ConfigValues(values);
    }

    /// <summary>What a topic without the override has on this broker.</summary>
    public static object? BrokerDefault(ConfigKey key, KafkaConfig broker) =>
        key.Name switch
        {
            "segment.ms" => broker.LogRollMs,
            "segment.jitter.ms" => broker.LogRollJitterMs,
            "retention.ms" => broker.LogRetentionMs,
            "flush.ms" => broker.LogFlushIntervalMs,
            "message.timestamp.before.max.ms" => broker.TimestampBeforeMaxMs,
            "message.timestamp.after.max.ms" => broker.TimestampAfterMaxMs,
            _ => key.Synonyms.Count > 0 ? broker.Values[key.Synonyms[0]] : key.Parse(key.DefaultText),
        };

    /// <summary>
    /// How far a timestamp may lie on one side of the broker's clock: what <paramref name="key"/> says, or where that says nothing the
    /// older key for both sides, <c>message.timestamp.difference.max.ms</c>.
    /// </summary>
    public static long TimestampBound(ConfigValues values, string key)
    {
        var prefix = key.StartsWith("log.", StringComparison.Ordinal) ? "log." : "";
        return values.Long(key) is var bound and not long.MaxValue ? bound : values.Long(prefix + "message.timestamp.difference.max.ms");
    }

    private static void RequireLagsInOrder(IReadOnlyDictionary<string, string?> overrides)
    {
        var (least, most) = (Lag("min.compaction.lag.ms"), Lag("max.compaction.lag.ms"));
        if (least > most)
        {
            throw new ConfigException(
                "conflict topic config setting min.compaction.lag.ms "
                + $"({least}) > max.compaction.lag.ms ({most})");
        }

        long Lag(string key)
        {
            var definition = Keys.Find(key)!;
            return (long)definition.Parse(overrides.GetValueOrDefault(key) ?? definition.DefaultText)!;
        }
    }
}
