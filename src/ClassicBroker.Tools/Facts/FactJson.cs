using System.Text.Json;
using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Facts;

/// <summary>What the documents of several tools have in common. Stateless.</summary>
internal static class FactJson
{
    /// <summary>A partition as two fields.</summary>
    public static void WritePartition(this Utf8JsonWriter json, TopicPartition partition)
    {
        json.WriteString("topic", partition.Topic);
        json.WriteNumber("partition", partition.Partition);
    }

    /// <summary>A list of objects as a field.</summary>
    public static void WriteList<T>(this Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> writeFields)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            writeFields(item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void WriteNumbers(this Utf8JsonWriter json, string name, IEnumerable<int> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    public static void WriteStrings(this Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    /// <summary>An object whose fields are names and texts that the cluster has.</summary>
    public static void WriteMap(this Utf8JsonWriter json, string name, IEnumerable<KeyValuePair<string, string>> entries)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in entries)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    /// <summary>A number, or null where it is not known.</summary>
    public static void WriteNumberOrNull(this Utf8JsonWriter json, string name, long? number)
    {
        if (number is { } known)
        {
            json.WriteNumber(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    /// <summary>The name of the code where a broker gave one, and the sentence; null for no failure.</summary>
    public static void WriteError(this Utf8JsonWriter json, Exception? failure)
    {
        if (failure is null)
        {
            json.WriteNull("error");
            return;
        }

        var refusal = Refusal(failure);
        json.WriteStartObject("error");
        json.WriteString("code", refusal?.Code.WireName());
        json.WriteString("message", (refusal ?? failure).Message);
        json.WriteEndObject();
    }

    /// <summary>What a broker said, under the exceptions that Kafka's tools would have put around it.</summary>
    private static KafkaException? Refusal(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is KafkaException { Code: not ErrorCode.None } refusal)
            {
                return refusal;
            }
        }

        return null;
    }
}
