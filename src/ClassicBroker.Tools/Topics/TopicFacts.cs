using System.Text.Json;
using ClassicBroker.Client;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.Topics;

/// <summary>The list <c>topics</c> of <c>kafka-topics --output</c>. Stateless.</summary>
internal static class TopicFacts
{
    private const string Topics = "topics";

    /// <summary>Has the list shown, whatever comes into it.</summary>
    public static void Begin(FactDocument? facts) => facts?.AddList(Topics);

    /// <summary>A topic that is listed.</summary>
    public static void AddListed(FactDocument facts, TopicListing topic) =>
        facts.Add(Topics, json =>
        {
            json.WriteString("name", topic.Name);
            json.WriteString("topicId", topic.Id.ToString());
            json.WriteBoolean("isInternal", topic.IsInternal);
        });

    /// <summary>A topic that ZooKeeper lists.</summary>
    public static void AddListed(FactDocument facts, string name, bool isMarkedForDeletion) =>
        facts.Add(Topics, json =>
        {
            json.WriteString("name", name);
            json.WriteBoolean("markedForDeletion", isMarkedForDeletion);
        });

    /// <summary>A topic and what was done to it.</summary>
    public static void AddChanged(FactDocument? facts, string name, string action) =>
        facts?.Add(Topics, json =>
        {
            json.WriteString("name", name);
            json.WriteString("action", action);
        });

    /// <summary>A topic that is described, with those of its partitions that were asked for.</summary>
    public static void AddDescribed(FactDocument facts, TopicRow topic, IReadOnlyList<PartitionDescription> partitions) =>
        facts.Add(Topics, json =>
        {
            json.WriteString("name", topic.Name);
            json.WriteString("topicId", topic.Id.IsZero ? null : topic.Id.ToString());
            json.WriteNumber("partitionCount", topic.Partitions.Count);
            json.WriteNumber("replicationFactor", topic.Partitions.Count > 0 ? topic.ReplicationFactor(topic.Partitions[0]) : 0);
            json.WriteMap("configs", topic.Configs);
            json.WriteBoolean("markedForDeletion", topic.IsMarkedForDeletion);
            json.WriteList("partitions", partitions, partition => WritePartition(json, topic, partition));
        });

    private static void WritePartition(Utf8JsonWriter json, TopicRow topic, PartitionDescription partition)
    {
        var move = topic.Reassignments.GetValueOrDefault(partition.Partition);
        json.WriteNumber("partition", partition.Partition);
        json.WriteNumberOrNull("leader", partition.Leader >= 0 ? partition.Leader : null);
        json.WriteNumbers("replicas", partition.Replicas);
        json.WriteNumbers("isr", partition.Isr);
        json.WriteNumbers("addingReplicas", move?.Adding ?? []);
        json.WriteNumbers("removingReplicas", move?.Removing ?? []);
    }
}
