using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Coordinator.Groups;

/// <summary>What a member is told that asked to join. Immutable.</summary>
public sealed record JoinResult
{
    private const int NoGeneration = -1;

    public ErrorCode Error { get; init; }

    public required string MemberId { get; init; }

    public int Generation { get; init; } = NoGeneration;

    public string? ProtocolType { get; init; }

    public string? ProtocolName { get; init; }

    public string LeaderId { get; init; } = "";

    public bool SkipAssignment { get; init; }

    /// <summary>All members, for the leader; empty for the others.</summary>
    public JoinGroupResponse.JoinGroupResponseMember[] Members { get; init; } = [];

    public static JoinResult Failed(string memberId, ErrorCode error) => new() { MemberId = memberId, Error = error };
}
