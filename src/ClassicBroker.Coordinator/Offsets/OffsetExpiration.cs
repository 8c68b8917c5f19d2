using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Offsets;

/// <summary>
/// Which offsets of a group have outlived <c>offsets.retention.minutes</c> (KIP-211): counted from the time a group with members became
/// empty, from the commit where there never were members or where no member subscribes the topic. Stateless; under the group's lock.
/// </summary>
internal static class OffsetExpiration
{
    public static List<TopicPartition> RemoveExpired(Group group, long nowMs, long retentionMs)
    {
        if (group.ProtocolType is null)
        {
            return group.Offsets.RemoveWhere((_, offset) => IsExpired(offset, offset.CommitTimestampMs, nowMs, retentionMs));
        }

        if (group.State == GroupState.Empty)
        {
            var emptySinceMs = group.StateTimestampMs;
            return group.Offsets.RemoveWhere((_, offset) =>
                IsExpired(offset, emptySinceMs >= 0 ? emptySinceMs : offset.CommitTimestampMs, nowMs, retentionMs));
        }

        return group is { State: GroupState.Stable, SubscribedTopics: { } subscribed }
            ? group.Offsets.RemoveWhere((partition, offset) =>
                !subscribed.Contains(partition.Topic) && IsExpired(offset, offset.CommitTimestampMs, nowMs, retentionMs))
            : [];
    }

    /// <summary>An old client's own retention is kept to exactly, longer or shorter than the broker's.</summary>
    private static bool IsExpired(in CommittedOffset offset, long sinceMs, long nowMs, long retentionMs) =>
        offset.ExpireTimestampMs != CommittedOffset.NoExpiration
            ? nowMs >= offset.ExpireTimestampMs
            : nowMs - sinceMs >= retentionMs;
}
