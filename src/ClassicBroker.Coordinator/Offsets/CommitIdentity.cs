namespace ClassicBroker.Coordinator.Offsets;

/// <summary>Who commits: a member of a generation, or with the defaults a consumer without one. Immutable.</summary>
public readonly record struct CommitIdentity(string GroupId, int Generation, string MemberId, string? InstanceId);
