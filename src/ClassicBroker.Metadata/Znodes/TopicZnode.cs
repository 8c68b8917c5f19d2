using System.Globalization;
using System.Text.Json;
using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Znodes;

/// <summary>
/// <c>/brokers/topics/T</c>: the replicas of each partition. Version 2 adds what a reassignment is adding and removing (KIP-455), 3 the
/// topic id (KIP-516). Always written as version 3, read as any.
/// </summary>
public static class TopicZnode
{
    public const string ParentPath = "/brokers/topics";

    private const int CurrentVersion = 3;

    public static string Path(string topic) => $"{ParentPath}/{ZnodeName.Of("topic", topic)}";

    public static string PartitionsPath(string topic) => $"{Path(topic)}/partitions";

    public static string PartitionPath(TopicPartition partition) =>
        string.Create(CultureInfo.InvariantCulture, $"{PartitionsPath(partition.Topic)}/{partition.Partition}");

    public static byte[] Encode(TopicAssignment topic) =>
        ZnodeWriter.Object(json =>
        {
            // The order of the keys is Kafka's.
            WriteReplicas(json, "partitions", topic.Partitions, assignment => assignment.Replicas, omitEmpty: false);
            if (!topic.TopicId.IsZero)
            {
                json.WriteString("topic_id", topic.TopicId.ToString());
            }

            WriteReplicas(json, "adding_replicas", topic.Partitions, assignment => assignment.AddingReplicas, omitEmpty: true);
            WriteReplicas(json, "removing_replicas", topic.Partitions, assignment => assignment.RemovingReplicas, omitEmpty: true);
            json.WriteNumber("version", CurrentVersion);
        });

    public static TopicAssignment Decode(string topic, ReadOnlySpan<byte> data)
    {
        var json = ZnodeReader.Parse(Path(topic), data);
        var id = Uuid.Zero;
        if (json.TextOrNull("topic_id") is { } text && !Uuid.TryParse(text, out id))
        {
            throw json.Wrong("topic_id", "22 characters of base64");
        }

        var adding = Replicas(json, "adding_replicas");
        var removing = Replicas(json, "removing_replicas");
        var partitions = new SortedDictionary<int, ReplicaAssignment>();
        foreach (var (partition, replicas) in Replicas(json, "partitions"))
        {
            partitions[partition] = new(replicas, adding.GetValueOrDefault(partition, []), removing.GetValueOrDefault(partition, []));
        }

        return new(id, partitions);
    }

    /// <summary>Lists of replicas by partition. A broker stands once in each, under an id that a broker can have.</summary>
    private static SortedDictionary<int, int[]> Replicas(ZnodeReader json, string name)
    {
        var lists = json.IntsByPartition(name);
        return lists.Values.All(replicas => Array.TrueForAll(replicas, id => id >= 0) && replicas.Distinct().Count() == replicas.Length)
            ? lists
            : throw json.Wrong(name, "made of lists of distinct broker ids");
    }

    private static void WriteReplicas(
        Utf8JsonWriter json,
        string name,
        IReadOnlyDictionary<int, ReplicaAssignment> partitions,
        Func<ReplicaAssignment, IReadOnlyList<int>> replicas,
        bool omitEmpty)
    {
        json.WriteStartObject(name);
        foreach (var (partition, assignment) in partitions.OrderBy(entry => entry.Key))
        {
            if (!omitEmpty || replicas(assignment).Count > 0)
            {
                json.WriteInts(partition.ToString(CultureInfo.InvariantCulture), replicas(assignment));
            }
        }

        json.WriteEndObject();
    }
}
