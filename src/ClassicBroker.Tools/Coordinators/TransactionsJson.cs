using System.Text.Json;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Tools.Coordinators;

/// <summary>Records of <c>__transaction_state</c> as JSON, field by field as their schemas have them. Stateless.</summary>
internal static class TransactionsJson
{
    public static void WriteValue(Utf8JsonWriter json, TransactionLogValue value)
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
