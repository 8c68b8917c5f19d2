using System.Text.Json;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;

namespace ClassicBroker.Tools.DumpLog;

/// <summary>Decodes records of <c>__transaction_state</c>. Tombstones print neither part. Stateless.</summary>
internal sealed class TransactionsRecordDecoder : IRecordDecoder
{
    public (string? Key, string? Payload) Decode(in Record record)
    {
        if (record.Key.IsNull || record.Value.IsNull)
        {
            return (null, null);
        }

        var key = CoordinatorJson.Read<TransactionLogKey>(record.Key);
        var value = CoordinatorJson.Read<TransactionLogValue>(record.Value);
        return (
            CoordinatorJson.Write("type", CoordinatorJson.Version(record.Key), json => json.WriteString("transactionalId", key.TransactionalId)),
            CoordinatorJson.Write("version", CoordinatorJson.Version(record.Value), json => WriteValue(json, value)));
    }

    private static void WriteValue(Utf8JsonWriter json, TransactionLogValue value)
    {
        json.WriteNumber("producerId", value.ProducerId);
        json.WriteNumber("producerEpoch", value.ProducerEpoch);
        json.WriteNumber("transactionTimeoutMs", value.TransactionTimeoutMs);
        json.WriteNumber("transactionStatus", value.TransactionStatus);
        if (value.TransactionPartitions is null)
        {
            json.WriteNull("transactionPartitions");
        }
        else
        {
            WritePartitions(json, value.TransactionPartitions);
        }

        json.WriteNumber("transactionLastUpdateTimestampMs", value.TransactionLastUpdateTimestampMs);
        json.WriteNumber("transactionStartTimestampMs", value.TransactionStartTimestampMs);
    }

    private static void WritePartitions(Utf8JsonWriter json, TransactionLogValue.PartitionsSchema[] topics)
    {
        json.WriteStartArray("transactionPartitions");
        foreach (var topic in topics)
        {
            json.WriteStartObject();
            json.WriteString("topic", topic.Topic);
            json.WriteStartArray("partitionIds");
            foreach (var partition in topic.PartitionIds)
            {
                json.WriteNumberValue(partition);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
