using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Coordinator.Offsets;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Coordinator.Log;

/// <summary>Keys and values of <c>__consumer_offsets</c> as Kafka writes them: an int16 version, then the fields. Stateless.</summary>
internal static class GroupRecords
{
    private const short OffsetKeyVersion = 1;
    private const short GroupKeyVersion = 2;

    public static byte[] OffsetKey(string group, TopicPartition partition) =>
        VersionedMessage.Encode(
            new OffsetCommitKey { Group = group, Topic = partition.Topic, Partition = partition.Partition }, OffsetKeyVersion);

    public static byte[] OffsetValue(in CommittedOffset offset, RecordVersions versions) =>
        VersionedMessage.Encode(
            new OffsetCommitValue
            {
                Offset = offset.Offset,
                LeaderEpoch = offset.LeaderEpoch,
                Metadata = offset.Metadata,
                CommitTimestamp = offset.CommitTimestampMs,
                ExpireTimestamp = offset.ExpireTimestampMs,
            },
            versions.Of(offset));

    public static byte[] GroupKey(string group) => VersionedMessage.Encode(new GroupMetadataKey { Group = group }, GroupKeyVersion);

    public static byte[] GroupValue(Group group, IReadOnlyDictionary<string, byte[]> assignments, RecordVersions versions) =>
        VersionedMessage.Encode(
            new GroupMetadataValue
            {
                ProtocolType = group.ProtocolType ?? "",
                Generation = group.Generation,
                Protocol = group.ProtocolName,
                Leader = group.LeaderId,
                CurrentStateTimestamp = group.StateTimestampMs,
                Members =
                [
                    .. group.Members.Select(member => new GroupMetadataValue.MemberMetadata
                    {
                        MemberId = member.Id,
                        GroupInstanceId = member.InstanceId,
                        ClientId = member.ClientId,
                        ClientHost = member.ClientHost,
                        RebalanceTimeout = member.RebalanceTimeoutMs,
                        SessionTimeout = member.SessionTimeoutMs,
                        Subscription = member.MetadataOf(group.ProtocolName!),
                        Assignment = assignments[member.Id],
                    }),
                ],
            },
            versions.Group);

    public static CommittedOffset ToOffset(OffsetCommitValue value) =>
        new(value.Offset, value.LeaderEpoch, value.Metadata, value.CommitTimestamp, value.ExpireTimestamp);

    /// <summary>The group as it was stored; ids that occur twice, which no coordinator writes, count once.</summary>
    public static Group ToGroup(string id, GroupMetadataValue stored, GroupPartition partition)
    {
        var group = new Group(id, partition);
        group.Restore(
            stored,
            stored.Members
                .DistinctBy(member => member.MemberId, StringComparer.Ordinal)
                .DistinctBy(member => member.GroupInstanceId ?? $"\0{member.MemberId}", StringComparer.Ordinal)
                .Select(member => ToMember(member, stored)));
        return group;
    }

    private static GroupMember ToMember(GroupMetadataValue.MemberMetadata member, GroupMetadataValue stored) =>
        new(member.MemberId, member.GroupInstanceId, member.ClientId, member.ClientHost, stored.ProtocolType)
        {
            // Before version 1 one timeout was both.
            RebalanceTimeoutMs = member.RebalanceTimeout >= 0 ? member.RebalanceTimeout : member.SessionTimeout,
            SessionTimeoutMs = member.SessionTimeout,
            Protocols = [new(stored.Protocol ?? "", member.Subscription)],
            Assignment = member.Assignment,
        };
}
