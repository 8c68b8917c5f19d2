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
    public static string Path(string group) => $"{PathZnodes.Consumers}/{ZnodeName.Of("consumer group", group)}";

    public static string IdsPath(string group) => $"{Path(group)}/ids";

    public static string IdPath(string group, string consumerId) => $"{IdsPath(group)}/{ZnodeName.Of("consumer", consumerId)}";

    public static string OwnersPath(string group) => $"{Path(group)}/owners";

    public static string OwnerPath(string group, TopicPartition partition) =>
        string.Create(CultureInfo.InvariantCulture, $"{OwnersPath(group)}/{ZnodeName.Of("topic", partition.Topic)}/{partition.Partition}");

    public static string OffsetsPath(string group) => $"{Path(group)}/offsets";

    public static string OffsetPath(string group, TopicPartition partition) =>
        string.Create(CultureInfo.InvariantCulture, $"{OffsetsPath(group)}/{ZnodeName.Of("topic", partition.Topic)}/{partition.Partition}");

    /// <summary>An offset as decimal text.</summary>
    public static byte[] EncodeOffset(long offset) => Encoding.ASCII.GetBytes(offset.ToString(CultureInfo.InvariantCulture));

    /// <summary>Null where the znode holds no number.</summary>
    public static long? DecodeOffset(ReadOnlySpan<byte> data) =>
        JavaText.TryParseLong(Encoding.UTF8.GetString(data), out var offset) ? offset : null;
}
