using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Coordinator.Transactions.Log;

/// <summary>
/// Reads the keys and values of <c>__transaction_state</c>, with one string for all equal names. Owned by a load. Threading: one thread at
/// a time.
/// </summary>
internal sealed class TransactionRecordReader
{
    private const short ValueVersionMax = 1;

    private readonly VersionedMessageReader<TransactionLogKey> _keys;
    private readonly VersionedMessageReader<TransactionLogValue> _values;

    public TransactionRecordReader()
    {
        var names = new NameTable();
        (_keys, _values) = (new(names), new(names));
    }

    /// <summary>Null where the version of the key is unknown.</summary>
    public string? ReadKey(ReadOnlySpan<byte> key) =>
        VersionedMessage.PeekVersion(key) == TransactionRecords.Version ? _keys.Read(key).TransactionalId : null;

    /// <exception cref="MalformedDataException">The version or the state is unknown, or bytes are missing.</exception>
    public TransactionState ReadValue(ReadOnlySpan<byte> value)
    {
        if (VersionedMessage.PeekVersion(value) is var version and (< 0 or > ValueVersionMax))
        {
            throw new MalformedDataException($"Unknown version {version} of a transaction's value");
        }

        var stored = _values.Read(value);
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
            Partitions = stored.TransactionPartitions is { Length: > 0 } topics
                ?
                [
                    .. topics
                        .SelectMany(topic => topic.PartitionIds.Select(partition => new TopicPartition(topic.Topic, partition)))
                        .Distinct()
                        .Order(),
                ]
                : [],
            LastUpdateMs = stored.TransactionLastUpdateTimestampMs,
            StartMs = stored.TransactionStartTimestampMs,
        };
    }
}
