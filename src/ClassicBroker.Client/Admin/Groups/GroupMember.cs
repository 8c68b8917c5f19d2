using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>A member of a group of consumers. Immutable.</summary>
/// <param name="MemberId">Its id.</param>
/// <param name="InstanceId">Its <c>group.instance.id</c>; null where it is a dynamic member.</param>
/// <param name="ClientId">Its client id.</param>
/// <param name="Host">Where it connected from.</param>
/// <param name="Assigned">The partitions it has, sorted.</param>
public sealed record GroupMember(
    string MemberId, string? InstanceId, string ClientId, string Host, IReadOnlyList<TopicPartition> Assigned);
