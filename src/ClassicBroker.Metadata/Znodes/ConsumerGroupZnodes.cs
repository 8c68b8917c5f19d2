using System.Globalization;
using System.Text;
using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Znodes;

/// <summary>
/// Below <c>/consumers/G</c>: members, owners and offsets of the consumers of 0.8, and the offsets that versions 0 of OffsetCommit and
/// OffsetFetch keep.
/// </summary>
public static class ConsumerGroupZnodes
{
    /// <summary>More streams than any member has: a registration is read by all others, who make a name for each stream of it.</summary>
    public const int StreamsMax = 100_000;

    private const int RegistrationVersion = 1;

    public static string Path(string group) => $"{PathZnodes.Consumers}/{ZnodeName.Of("consumer group", group)}";

    public static string IdsPath(string group) => $"{Path(group)}/ids";

    public static string IdPath(string group, string consumerId) => $"{IdsPath(group)}/{ZnodeName.Of("consumer", consumerId)}";

    public static string OwnersPath(string group) => $"{Path(group)}/owners";

    public static string OwnerPath(string group, TopicPartition partition) =>
        string.Create(CultureInfo.InvariantCulture, $"{OwnersPath(group)}/{ZnodeName.Of("topic", partition.Topic)}/{partition.Partition}");

    public static string OffsetsPath(string group) => $"{Path(group)}/offsets";

    public static string OffsetPath(string group, TopicPartition partition) =>
        string.Create(CultureInfo.InvariantCulture, $"{OffsetsPath(group)}/{ZnodeName.Of("topic", partition.Topic)}/{partition.Partition}");

    /// <summary>A registration, its keys in the order of Kafka 0.8.</summary>
    public static byte[] EncodeRegistration(ConsumerRegistration registration) => ZnodeWriter.Object(RegistrationVersion, json =>
    {
        json.WriteStartObject("subscription");
        foreach (var (topic, streams) in registration.Subscription)
        {
            json.WriteNumber(topic, streams);
        }

        json.WriteEndObject();
        json.WriteString("pattern", registration.Pattern);
        json.WriteLongText("timestamp", registration.TimestampMs);
    });

    /// <exception cref="MalformedDataException">The znode holds something else than a registration.</exception>
    public static ConsumerRegistration DecodeRegistration(string group, string consumerId, ReadOnlySpan<byte> data)
    {
        var json = ZnodeReader.Parse(IdPath(group, consumerId), data);
        var pattern = json.TextOrNull("pattern") ?? ConsumerRegistration.Static;
        if (pattern is not (ConsumerRegistration.Static or ConsumerRegistration.Whitelist or ConsumerRegistration.Blacklist))
        {
            throw json.Wrong("pattern", "static, white_list or black_list");
        }

        var streams = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var (topic, count) in json.IntsByName("subscription"))
        {
            streams[topic] = count is > 0 and <= StreamsMax ? count : throw json.Wrong("subscription", "made of numbers of streams");
        }

        return new ConsumerRegistration(pattern, streams, json.Has("timestamp") ? json.Long("timestamp") : -1);
    }

    /// <summary>The thread that owns a partition, as text.</summary>
    public static byte[] EncodeOwner(string threadId) => Encoding.UTF8.GetBytes(threadId);

    /// <summary>An offset as decimal text.</summary>
    public static byte[] EncodeOffset(long offset) => Encoding.ASCII.GetBytes(offset.ToString(CultureInfo.InvariantCulture));

    /// <summary>Null where the znode holds no number.</summary>
    public static long? DecodeOffset(ReadOnlySpan<byte> data) =>
        JavaText.TryParseLong(Encoding.UTF8.GetString(data), out var offset) ? offset : null;
}
