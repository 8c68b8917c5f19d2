namespace ClassicBroker.Client;

/// <summary>
/// A consumer's membership of its group, by which a transaction that commits the group's offsets is refused once the partitions have
/// another owner (KIP-447). Immutable.
/// </summary>
/// <param name="GroupId">The <c>group.id</c>.</param>
/// <param name="GenerationId">The generation of the group; -1 for a consumer whose partitions were assigned by hand.</param>
/// <param name="MemberId">The id the coordinator gave the member; empty for a consumer whose partitions were assigned by hand.</param>
/// <param name="GroupInstanceId">The <c>group.instance.id</c>; null for a member that is not static.</param>
public sealed record ConsumerGroupMetadata(string GroupId, int GenerationId = -1, string MemberId = "", string? GroupInstanceId = null);
