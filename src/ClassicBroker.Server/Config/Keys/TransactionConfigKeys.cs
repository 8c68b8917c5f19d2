using static ClassicBroker.Server.Config.ConfigKey;
using static ClassicBroker.Server.Config.ConfigUpdateMode;
using static ClassicBroker.Server.Config.ConfigValidator;

namespace ClassicBroker.Server.Config.Keys;

/// <summary>Broker keys of transactions and producer ids: one line each, read by <see cref="BrokerConfigDefinition"/>.</summary>
internal static class TransactionConfigKeys
{
    public static IReadOnlyList<ConfigKey> Keys { get; } =
    [
        Int("producer.id.expiration.check.interval.ms", "600000", "Internal sweep period.", AtLeast(1)).Internal(),
        Int("producer.id.expiration.ms", "86400000", "Idle producer state expiry.", AtLeast(1), ClusterWide),
        Int("transaction.abort.timed.out.transaction.cleanup.interval.ms", "10000", "Period of timed-out txn abort sweep.",
            AtLeast(1)),
        Int("transaction.max.timeout.ms", "900000", "Largest transaction.timeout.ms accepted.", AtLeast(1)),
        Boolean("transaction.partition.verification.enable", "true", "Check partition belongs to open txn before append (KIP-890).",
            update: ClusterWide),
        Int("transaction.remove.expired.transaction.cleanup.interval.ms", "3600000", "Period of expired id sweep.", AtLeast(1)),
        Int("transaction.state.log.load.buffer.size", "5242880", "Read batch size while loading __transaction_state.",
            AtLeast(1)),
        Int("transaction.state.log.min.isr", "2", "Min.insync.replicas of __transaction_state.", AtLeast(1)),
        Int("transaction.state.log.num.partitions", "50", "Partition count of __transaction_state.", AtLeast(1)),
        Short("transaction.state.log.replication.factor", "3", "Replication factor of __transaction_state.", AtLeast(1)),
        Int("transaction.state.log.segment.bytes", "104857600", "Segment size of __transaction_state.", AtLeast(1)),
        Int("transactional.id.expiration.ms", "604800000", "Idle transactional id expiry.", AtLeast(1)),
    ];
}
