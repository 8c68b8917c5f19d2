using System.Text.Json;
using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Znodes;

/// <summary>The list <c>"partitions":[{"topic":"t","partition":0}]</c> that several znodes share.</summary>
internal static class PartitionListJson
{
    private const string Name = "partitions";

    public static byte[] Encode(IEnumerable<TopicPartition> partitions) =>
        Encode(partitions, static partition => partition, static (_, _) => { });

    public static byte[] Encode<T>(IEnumerable<T> items, Func<T, TopicPartition> partitionOf, Action<Utf8JsonWriter, T> more) =>
        ZnodeWriter.Object(1, json =>
        {
            json.WriteStartArray(Name);
            foreach (var item in items)
            {
                var partition = partitionOf(item);
                json.WriteStartObject();
                json.WriteString("topic", partition.Topic);
                json.WriteNumber("partition", partition.Partition);
                more(json, item);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });

    public static IEnumerable<(TopicPartition Partition, ZnodeReader Item)> Decode(ZnodeReader json) =>
        json.Objects(Name).Select(item => (new TopicPartition(item.Text("topic"), item.Int("partition")), item));
}
