using static ClassicBroker.Server.Config.ConfigKey;
using static ClassicBroker.Server.Config.ConfigUpdateMode;
using static ClassicBroker.Server.Config.ConfigValidator;

namespace ClassicBroker.Server.Config.Keys;

/// <summary>
/// Broker keys of tiered storage: one line each, read by <see cref="BrokerConfigDefinition"/>. All but the one that turns it on are
/// accepted and without effect.
/// </summary>
internal static class TieredStorageConfigKeys
{
    /// <summary>What precedes the keys of the plug-ins that keep remote segments and their metadata.</summary>
    private static readonly string[] PluginPrefixes = ["rlmm.config.", "rsm.config."];

    public static IReadOnlyList<ConfigKey> Keys { get; } =
    [
        Boolean("remote.log.storage.system.enable", "false", "Tiered storage; refused when true."),
        .. new[]
        {
            Long("log.local.retention.bytes", "-2", "Local size retention, −2 = log.retention.bytes.", AtLeast(-2), ClusterWide),
            Long("log.local.retention.ms", "-2", "Local time retention, −2 = log.retention.ms.", AtLeast(-2), ClusterWide),
            Int("remote.fetch.max.wait.ms", "500", "Longest wait for a remote fetch.", AtLeast(1), ClusterWide),
            Long("remote.log.index.file.cache.total.size.bytes", "1073741824", "Cache of remote indexes.", AtLeast(1), ClusterWide),
            Int("remote.log.manager.copier.thread.pool.size", "-1", "Threads that copy segments."),
            Long("remote.log.manager.copy.max.bytes.per.second", "9223372036854775807", "Quota of copies.", AtLeast(1), ClusterWide),
            Int("remote.log.manager.copy.quota.window.num", "11", "Samples of the quota of copies.", AtLeast(1)),
            Int("remote.log.manager.copy.quota.window.size.seconds", "1", "Sample length, quota of copies.", AtLeast(1)),
            Int("remote.log.manager.expiration.thread.pool.size", "-1", "Threads that delete remote segments."),
            Long("remote.log.manager.fetch.max.bytes.per.second", "9223372036854775807", "Quota of fetches.", AtLeast(1), ClusterWide),
            Int("remote.log.manager.fetch.quota.window.num", "11", "Samples of the quota of fetches.", AtLeast(1)),
            Int("remote.log.manager.fetch.quota.window.size.seconds", "1", "Sample length, quota of fetches.", AtLeast(1)),
            Long("remote.log.manager.task.interval.ms", "30000", "Period of the copies.", AtLeast(1)),
            Long("remote.log.manager.task.retry.backoff.max.ms", "30000", "Longest pause after a failure.", AtLeast(1)).Internal(),
            Long("remote.log.manager.task.retry.backoff.ms", "500", "First pause after a failure.", AtLeast(1)).Internal(),
            Double("remote.log.manager.task.retry.jitter", "0.2", "Randomness of these pauses.", Between(0, 0.5m)).Internal(),
            Int("remote.log.manager.thread.pool.size", "10", "Threads of the remote log manager.", AtLeast(1)),
            Int("remote.log.metadata.custom.metadata.max.bytes", "128", "Most custom metadata of a segment.", AtLeast(0)),
            String(
                "remote.log.metadata.manager.class.name",
                "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager",
                "Keeper of the metadata of remote segments.",
                NonEmpty),
            String("remote.log.metadata.manager.class.path", null, "Where that class is."),
            String("remote.log.metadata.manager.impl.prefix", "rlmm.config.", "Prefix of its keys.", NonEmpty),
            String("remote.log.metadata.manager.listener.name", null, "Listener it connects to.", NonEmpty),
            Int("remote.log.reader.max.pending.tasks", "100", "Most waiting remote reads.", AtLeast(1)),
            Int("remote.log.reader.threads", "10", "Threads that read remote segments.", AtLeast(1)),
            String("remote.log.storage.manager.class.name", null, "Keeper of remote segments.", NonEmpty),
            String("remote.log.storage.manager.class.path", null, "Where that class is."),
            String("remote.log.storage.manager.impl.prefix", "rsm.config.", "Prefix of its keys.", NonEmpty),
        }.Select(key => key.Inert(InertReasons.TieredStorage)),
    ];

    /// <summary>True for keys that would be handed to a plug-in.</summary>
    public static bool IsOfPlugin(string key) => PluginPrefixes.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal));
}
