using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Groups;

/// <summary>A partition a group has committed an offset of, or a member has. What is not known is null. Immutable.</summary>
internal sealed record OffsetRow(TopicPartition Partition, long? Current, long? End, GroupMember? Owner)
{
    public long? Lag => End - Current;
}
