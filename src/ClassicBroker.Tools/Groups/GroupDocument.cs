using System.Text.Json;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Coordinators;

namespace ClassicBroker.Tools.Groups;

/// <summary>
/// What <c>kafka-consumer-groups --output json</c> prints: one document with an entry for each group that the command was about. An error
/// stands beside what it is the error of, so that a script need not read sentences: the exit code is 0 all the same, as Kafka's. Used by
/// one tool.
/// </summary>
internal sealed class GroupDocument
{
    private readonly List<Action<Utf8JsonWriter>> _groups = [];

    /// <summary>What the command as a whole failed with.</summary>
    public Exception? Failure { get; set; }

    public void Add(string group, Exception? failure, Action<Utf8JsonWriter>? writeFields = null) =>
        _groups.Add(json =>
        {
            json.WriteStartObject();
            json.WriteString("group", group);
            writeFields?.Invoke(json);
            WriteError(json, failure);
            json.WriteEndObject();
        });

    public override string ToString() => CoordinatorJson.Write(json =>
    {
        json.WriteStartArray("groups");
        _groups.ForEach(write => write(json));
        json.WriteEndArray();
        WriteError(json, Failure);
    });

    /// <summary>A partition and what there is to say of it.</summary>
    public static void WritePartition(Utf8JsonWriter json, TopicPartition partition, Action<Utf8JsonWriter>? writeFields = null)
    {
        json.WriteStartObject();
        json.WriteString("topic", partition.Topic);
        json.WriteNumber("partition", partition.Partition);
        writeFields?.Invoke(json);
        json.WriteEndObject();
    }

    /// <summary>The name of the code where a broker gave one, and the sentence.</summary>
    public static void WriteError(Utf8JsonWriter json, Exception? failure)
    {
        if (failure is null)
        {
            json.WriteNull("error");
            return;
        }

        json.WriteStartObject("error");
        json.WriteString("code", failure is KafkaException { Code: not ErrorCode.None } refused ? refused.Code.WireName() : null);
        json.WriteString("message", failure.Message);
        json.WriteEndObject();
    }
}
