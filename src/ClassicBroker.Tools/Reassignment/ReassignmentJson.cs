using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Reassignment;

/// <summary>The JSON files of <c>kafka-reassign-partitions.sh</c>, read and written as Kafka does. Stateless.</summary>
internal static class ReassignmentJson
{
    private const string AnyLogDir = "any";
    private const int Version = 1;
    private const string FailedClass = "org.apache.kafka.server.common.AdminCommandFailedException";
    private const string MalformedClass = "org.apache.kafka.server.common.AdminOperationException";

    /// <summary>A failure of what the operator asked for.</summary>
    public static JavaFailure Failed(string message, Exception? cause = null) => new(FailedClass, message, cause);

    /// <summary>A failure of a file's form.</summary>
    public static JavaFailure Malformed(string message, JavaFailure? cause = null) =>
        new(MalformedClass, message, cause);

    /// <summary>A failure under the class that Kafka 2 has for it.</summary>
    public static Exception NamedAsBefore(Exception failure) =>
        failure switch
        {
            JavaFailure { JavaClass: FailedClass } =>
                new JavaFailure("kafka.common.AdminCommandFailedException", failure.Message, failure.InnerException),
            JavaFailure { JavaClass: MalformedClass } or MalformedDataException =>
                new JavaFailure("kafka.admin.AdminOperationException", failure.Message, failure.InnerException),
            _ => failure,
        };

    /// <summary>Reads a plan to be carried out, of which more is asked than of one to be verified.</summary>
    /// <param name="json">The plan.</param>
    /// <param name="whereEmpty">The refusal of one without partitions.</param>
    /// <exception cref="JavaFailure">It is malformed, empty, or contradicts itself.</exception>
    public static ReassignmentPlan ParseExecutable(string json, string whereEmpty = "Partition reassignment list cannot be empty")
    {
        var entries = Entries(json);
        if (entries.Count == 0)
        {
            throw Failed(whereEmpty);
        }

        if (entries.Exists(entry => entry.Replicas.Length == 0))
        {
            throw Failed("Partition replica list cannot be empty");
        }

        if (Duplicates(entries.Select(entry => entry.Partition)) is { Count: > 0 } twice)
        {
            throw Failed($"Partition reassignment contains duplicate topic partitions: {string.Join(",", twice)}");
        }

        var repeated = entries
            .Select(entry => (entry.Partition, Replicas: Duplicates(entry.Replicas)))
            .Where(entry => entry.Replicas.Count > 0)
            .Select(entry => $"{entry.Partition} contains multiple entries for {string.Join(",", entry.Replicas)}")
            .ToArray();
        return repeated.Length == 0
            ? Plan(entries)
            : throw Failed($"Partition replica lists may not contain duplicate entries: {string.Join(". ", repeated)}");
    }

    /// <summary>Reads a plan to be verified or cancelled.</summary>
    /// <exception cref="JavaFailure">It is malformed.</exception>
    public static ReassignmentPlan Parse(string json) => Plan(Entries(json));

    /// <summary>Reads the topics of a <c>--topics-to-move-json-file</c>.</summary>
    /// <exception cref="JavaFailure">It is malformed.</exception>
    public static IReadOnlyList<string> ParseTopics(string json)
    {
        using var document = Open(json);
        return List(document, "topics").Select(entry => Required(entry, "topic").GetString() ?? "").ToArray();
    }

    /// <summary><c>{"version":1,"partitions":[…]}</c>.</summary>
    public static string Format(IEnumerable<KeyValuePair<TopicPartition, IReadOnlyList<int>>> assignment)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            json.WriteStartArray("partitions");
            foreach (var (partition, replicas) in assignment)
            {
                json.WriteStartObject();
                json.WriteString("topic", partition.Topic);
                json.WriteNumber("partition", partition.Partition);
                WriteList(json, "replicas", replicas, json.WriteNumberValue);
                WriteList(json, "log_dirs", replicas, _ => json.WriteStringValue(AnyLogDir));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<int> replicas, Action<int> write)
    {
        json.WriteStartArray(name);
        foreach (var replica in replicas)
        {
            write(replica);
        }

        json.WriteEndArray();
    }

    private static ReassignmentPlan Plan(List<(TopicPartition Partition, int[] Replicas, string[] LogDirs)> entries)
    {
        var partitions = new SortedDictionary<TopicPartition, IReadOnlyList<int>>();
        List<ReplicaLogDir> moves = [];
        foreach (var (partition, replicas, logDirs) in entries)
        {
            partitions[partition] = replicas;
            moves.AddRange(replicas
                .Zip(logDirs, (broker, path) => new ReplicaLogDir(partition, broker, path))
                .Where(move => move.Path != AnyLogDir));
        }

        return new ReassignmentPlan(partitions, moves);
    }

    private static List<(TopicPartition Partition, int[] Replicas, string[] LogDirs)> Entries(string json)
    {
        using var document = Open(json);
        return List(document, "partitions").Select(Entry).ToList();
    }

    private static (TopicPartition Partition, int[] Replicas, string[] LogDirs) Entry(JsonElement entry)
    {
        try
        {
            var partition = new TopicPartition(
                Required(entry, "topic").GetString() ?? "", Required(entry, "partition").GetInt32());
            var replicas = Required(entry, "replicas").EnumerateArray().Select(replica => replica.GetInt32()).ToArray();
            var logDirs = entry.TryGetProperty("log_dirs", out var given)
                ? given.EnumerateArray().Select(path => path.GetString() ?? "").ToArray()
                : replicas.Select(_ => AnyLogDir).ToArray();
            return replicas.Length == logDirs.Length
                ? (partition, replicas, logDirs)
                : throw Failed(
                    $"Size of replicas list [{string.Join(", ", replicas)}] is different from size of log dirs list "
                    + $"[{string.Join(", ", logDirs)}] for partition {partition}");
        }
        catch (Exception wrong) when (wrong is InvalidOperationException or FormatException)
        {
            throw Malformed($"A partition of the file has a field of the wrong type: {wrong.Message}");
        }
    }

    private static JsonDocument Open(string json)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException malformed)
        {
            throw Malformed(malformed.Message, new JavaFailure("com.fasterxml.jackson.core.JsonParseException", malformed.Message));
        }
    }

    /// <summary>The elements of the file's list; none where it has none, as Kafka reads it.</summary>
    private static IReadOnlyList<JsonElement> List(JsonDocument document, string name)
    {
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw Malformed("The file does not hold a JSON object");
        }

        if (root.TryGetProperty("version", out var version) && !(version.TryGetInt32(out var number) && number == Version))
        {
            throw Malformed($"Not supported version field value {version.GetRawText()}");
        }

        return root.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().ToArray() : [];
    }

    private static JsonElement Required(JsonElement entry, string name) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty(name, out var value)
            ? value
            : throw Malformed($"key not found: {name}");

    private static IReadOnlyList<T> Duplicates<T>(IEnumerable<T> items)
        where T : notnull =>
        items.GroupBy(item => item).Where(group => group.Count() > 1).Select(group => group.Key).ToArray();
}
