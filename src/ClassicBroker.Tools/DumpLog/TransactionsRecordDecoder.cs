using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Tools.Coordinators;

namespace ClassicBroker.Tools.DumpLog;

/// <summary>Decodes records of <c>__transaction_state</c> as Kafka's transaction log prints itself. Stateless.</summary>
internal sealed class TransactionsRecordDecoder : IRecordDecoder
{
    private const short KeyVersion = 0;

    private static readonly string[] States =
        ["Empty", "Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit", "CompleteAbort", "Dead", "PrepareEpochFence"];

    public (string? Key, string? Payload) Decode(in Record record)
    {
        if (record.Key.IsNull)
        {
            return (null, null);
        }

        var version = CoordinatorJson.Version(record.Key);
        if (version != KeyVersion)
        {
            return ($"unknown::version={version}", null);
        }

        var key = CoordinatorJson.Read<TransactionLogKey>(record.Key);
        return ($"transaction_metadata::transactionalId={key.TransactionalId}", record.Value.IsNull ? "<DELETE>" : Payload(record));
    }

    private static string Payload(in Record record)
    {
        var value = CoordinatorJson.Read<TransactionLogValue>(record.Value);
        var partitions = (value.TransactionPartitions ?? [])
            .SelectMany(topic => topic.PartitionIds.Select(partition => $"{topic.Topic}-{partition}"));
        var state = (uint)value.TransactionStatus < (uint)States.Length
            ? States[value.TransactionStatus]
            : throw new JavaFailure(
                "java.lang.IllegalStateException",
                $"Unknown transaction state byte {value.TransactionStatus} from the transaction status message");
        return $"producerId:{value.ProducerId},producerEpoch:{value.ProducerEpoch},state={state},partitions=[{string.Join(',', partitions)}],"
            + $"txnLastUpdateTimestamp={value.TransactionLastUpdateTimestampMs},txnTimeoutMs={value.TransactionTimeoutMs}";
    }
}
