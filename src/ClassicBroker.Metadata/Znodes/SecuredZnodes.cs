namespace ClassicBroker.Metadata.Znodes;

/// <summary>What is Kafka's in ZooKeeper, and so has its ACLs where <c>zookeeper.set.acl</c> is on.</summary>
public static class SecuredZnodes
{
    /// <summary>The roots of it, which <c>zookeeper-security-migration.sh</c> walks, in Kafka's order; not <c>/consumers</c>.</summary>
    public static readonly IReadOnlyList<string> Roots =
    [
        "/admin", "/brokers", "/cluster", "/config", "/controller", "/controller_epoch", "/isr_change_notification",
        "/latest_producer_id_block", "/log_dir_event_notification", "/delegation_token", "/kafka-acl-extended", "/migration", "/feature",
        "/kafka-acl", "/kafka-acl-changes", "/kafka-acl-extended/prefixed", "/kafka-acl-extended-changes",
    ];
}
