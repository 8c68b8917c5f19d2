using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>A member of a group as the leader sees it. Immutable.</summary>
public sealed record SubscribedMember
{
    public required string MemberId { get; init; }

    /// <summary>Null for a dynamic member.</summary>
    public string? InstanceId { get; init; }

    public required IReadOnlyList<string> Topics { get; init; }

    /// <summary>What its assignor added.</summary>
    public byte[]? UserData { get; init; }

    /// <summary>What it owns as it joins; only members that rebalance cooperatively own anything then.</summary>
    public IReadOnlyList<TopicPartition> Owned { get; init; } = [];

    /// <summary>The generation <see cref="Owned"/> is of; -1 where the member did not tell.</summary>
    public int Generation { get; init; } = -1;
}
