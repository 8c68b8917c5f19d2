namespace ClassicBroker.Metadata.Znodes;

/// <summary>Znodes that hold no data of their own and only give others a place.</summary>
public static class PathZnodes
{
    public const string Consumers = "/consumers";

    public const string BrokerSeqId = "/brokers/seqid";

    /// <summary>What every broker creates at start where it is missing, parents included.</summary>
    public static readonly IReadOnlyList<string> Persistent =
    [
        Consumers,
        BrokerIdZnode.ParentPath,
        TopicZnode.ParentPath,
        ConfigChangeZnode.ParentPath,
        DeleteTopicsZnode.ParentPath,
        BrokerSeqId,
        IsrChangeZnode.ParentPath,
        ProducerIdBlockZnode.Path,
        LogDirEventZnode.ParentPath,
        .. ConfigEntityZnode.Types.Select(ConfigEntityZnode.TypePath),
    ];

    /// <summary>Only the broker may read these where <c>zookeeper.set.acl</c> is on: they hold credentials.</summary>
    public static bool IsSensitive(string path) =>
        path.StartsWith("/config/users", StringComparison.Ordinal)
        || path.StartsWith("/config/brokers", StringComparison.Ordinal)
        || path.StartsWith(DelegationTokenZnode.ParentPath, StringComparison.Ordinal);
}
