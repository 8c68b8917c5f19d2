using ClassicBroker.Metadata.Admin;

namespace ClassicBroker.Tools.Topics;

/// <summary>
/// The configs a topic can have, for the tools that write ZooKeeper without a broker to check them. Values are checked by the brokers
/// that read them. Stateless.
/// </summary>
internal sealed class TopicConfigNames : ITopicConfigValidator
{
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "cleanup.policy",
        "compression.gzip.level",
        "compression.lz4.level",
        "compression.type",
        "compression.zstd.level",
        "delete.retention.ms",
        "file.delete.delay.ms",
        "flush.messages",
        "flush.ms",
        "follower.replication.throttled.replicas",
        "index.interval.bytes",
        "leader.replication.throttled.replicas",
        "local.retention.bytes",
        "local.retention.ms",
        "max.compaction.lag.ms",
        "max.message.bytes",
        "message.downconversion.enable",
        "message.format.version",
        "message.timestamp.after.max.ms",
        "message.timestamp.before.max.ms",
        "message.timestamp.difference.max.ms",
        "message.timestamp.type",
        "min.cleanable.dirty.ratio",
        "min.compaction.lag.ms",
        "min.insync.replicas",
        "preallocate",
        "remote.log.copy.disable",
        "remote.log.delete.on.disable",
        "remote.storage.enable",
        "retention.bytes",
        "retention.ms",
        "segment.bytes",
        "segment.index.bytes",
        "segment.jitter.ms",
        "segment.ms",
        "unclean.leader.election.enable",
    };

    public string? Fault(IReadOnlyDictionary<string, string> config)
    {
        foreach (var name in config.Keys)
        {
            if (!Known.Contains(name))
            {
                return $"Unknown topic config name: {name}";
            }
        }

        return null;
    }
}
