using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;

namespace ClassicBroker.Coordinator.Transactions.Log;

/// <summary>Keys and values of <c>__transaction_state</c> as Kafka writes them: an int16 version, then the fields. Stateless.</summary>
internal static class TransactionRecords
{
    /// <summary>Of keys, and of the values that are written; a ZooKeeper-mode cluster never has the flexible version 1.</summary>
    private const short Version = 0;

    private const short ValueVersionMax = 1;

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

    /// <summary>Null where the version of the key is unknown.</summary>
    public static string? ReadKey(byte[] key) =>
        VersionedMessage.PeekVersion(key) == Version ? VersionedMessage.Decode<TransactionLogKey>(key).TransactionalId : null;

    /// <exception cref="MalformedDataException">The version or the state is unknown, or bytes are missing.</exception>
    public static TransactionState ReadValue(byte[] value)
    {
        if (VersionedMessage.PeekVersion(value) is var version and (< 0 or > ValueVersionMax))
        {
            throw new MalformedDataException($"Unknown version {version} of a transaction's value");
        }

        var stored = VersionedMessage.Decode<TransactionLogValue>(value);
        var status = (TransactionStatus)stored.TransactionStatus;
        if (status is < TransactionStatus.Empty or > TransactionStatus.CompleteAbort)
        {
            throw new MalformedDataException($"Unknown state {stored.TransactionStatus} of a transaction");
        }

        return new TransactionState
        {
            ProducerId = stored.ProducerId,
            ProducerEpoch = stored.ProducerEpoch,
            TimeoutMs = stored.TransactionTimeoutMs,
            Status = status,
            Partitions =
            [
                .. (stored.TransactionPartitions ?? [])
                    .SelectMany(topic => topic.PartitionIds.Select(partition => new TopicPartition(topic.Topic, partition)))
                    .Distinct()
                    .Order(),
            ],
            LastUpdateMs = stored.TransactionLastUpdateTimestampMs,
            StartMs = stored.TransactionStartTimestampMs,
        };
    }

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
