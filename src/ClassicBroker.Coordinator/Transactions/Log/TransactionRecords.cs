using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;

namespace ClassicBroker.Coordinator.Transactions.Log;

/// <summary>
/// Keys and values of <c>__transaction_state</c> as Kafka writes them: an int16 version, then the fields. Stateless;
/// <see cref="TransactionRecordReader"/> reads them.
/// </summary>
internal static class TransactionRecords
{
    /// <summary>Of keys, and of the values that are written; a ZooKeeper-mode cluster never has the flexible version 1.</summary>
    public const short Version = 0;

    public static byte[] Key(string transactionalId) =>
        VersionedMessage.Encode(new TransactionLogKey { TransactionalId = transactionalId }, Version);

    public static byte[] Value(TransactionState state) =>
        VersionedMessage.Encode(
            new TransactionLogValue
            {
                ProducerId = state.ProducerId,
                ProducerEpoch = state.ProducerEpoch,
                TransactionTimeoutMs = state.TimeoutMs,
                TransactionStatus = (sbyte)state.Status,
                TransactionPartitions = state.Status == TransactionStatus.Empty ? null : Topics(state),
                TransactionLastUpdateTimestampMs = state.LastUpdateMs,

                // Only in memory an id keeps when its last transaction began.
                TransactionStartTimestampMs = state.Status == TransactionStatus.Empty ? RecordFormat.NoTimestamp : state.StartMs,
            },
            Version);

    private static TransactionLogValue.PartitionsSchema[] Topics(TransactionState state) =>
    [
        .. state.Partitions.GroupBy(partition => partition.Topic, StringComparer.Ordinal)
            .Select(topic => new TransactionLogValue.PartitionsSchema
            {
                Topic = topic.Key,
                PartitionIds = [.. topic.Select(partition => partition.Partition)],
            }),
    ];
}
