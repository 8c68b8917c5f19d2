using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Tests.Znodes;

/// <summary>Every znode that a cluster of Kafka 2.2.2 wrote is understood, and written again says the same.</summary>
public sealed class RecordedZnodesTests
{
    private static readonly string[] KeysAddedSince = ["adding_replicas", "removing_replicas"];

    public static TheoryData<string> Recordings => ["01-empty-cluster.json", "03-after-admin-work.json", "04-one-broker-stopped.json"];

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Every_recorded_znode_reads_and_writes_back_the_same(string recording)
    {
        var seen = 0;
        foreach (var (path, node) in Load(recording))
        {
            if (node!["data"] is not { } data)
            {
                continue;
            }

            var recorded = data.GetValue<string>();
            var written = Encoding.UTF8.GetString(Rewrite(path, Encoding.UTF8.GetBytes(recorded)));
            Assert.True(Same(JsonNode.Parse(recorded)!, JsonNode.Parse(written)!), $"{path}: {recorded} became {written}");
            seen++;
        }

        Assert.True(seen > 4);
    }

    private static JsonObject Load(string recording) =>
        JsonNode.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", "zookeeper", recording)))!.AsObject();

    private static byte[] Rewrite(string path, byte[] data)
    {
        var parts = path.Split('/')[1..];
        return parts switch
        {
            ["cluster", "id"] => ClusterIdZnode.Encode(ClusterIdZnode.Decode(data)),
            ["controller_epoch"] => ControllerEpochZnode.Encode(ControllerEpochZnode.Decode(data)),
            ["controller"] => ControllerZnode.Encode(
                ControllerZnode.Decode(data),
                long.Parse(JsonNode.Parse(data)!["timestamp"]!.GetValue<string>()),
                MetadataVersion.IBP_2_2_IV1),
            ["brokers", "ids", var id] => BrokerIdZnode.Encode(BrokerIdZnode.Decode(int.Parse(id), data), MetadataVersion.IBP_2_2_IV1),
            ["brokers", "topics", var topic] => TopicZnode.Encode(TopicZnode.Decode(topic, data)),
            ["brokers", "topics", var topic, "partitions", var partition, "state"] =>
                PartitionStateZnode.Encode(PartitionStateZnode.Decode(new(topic, int.Parse(partition)), data, 0)),
            ["config", "changes", var name] => ConfigChangeZnode.Encode(string.Join('/', Entity(ConfigChangeZnode.Decode(name, data)))),
            ["config", ..] => ConfigEntityZnode.Encode(ConfigEntityZnode.Decode(path, data)),
            ["latest_producer_id_block"] => ProducerIdBlockZnode.Encode(ProducerIdBlockZnode.Decode(data)!),
            ["consumers", _, "offsets", ..] => ConsumerGroupZnodes.EncodeOffset(ConsumerGroupZnodes.DecodeOffset(data)!.Value),
            _ => throw new InvalidOperationException($"No type for {path}."),
        };
    }

    private static string[] Entity((string Type, string Name) entity) => [entity.Type, entity.Name];

    /// <summary>Topics are written in the form of Kafka 3.9, which adds two maps and counts the version up.</summary>
    private static bool Same(JsonNode recorded, JsonNode written)
    {
        if (recorded is JsonObject before && before.ContainsKey("partitions") && written is JsonObject after)
        {
            Assert.All(KeysAddedSince, key => Assert.True(after.Remove(key)));
            after["version"] = before["version"]!.DeepClone();
        }

        return JsonNode.DeepEquals(recorded, written);
    }
}
