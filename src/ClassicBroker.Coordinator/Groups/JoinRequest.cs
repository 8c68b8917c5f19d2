using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Coordinator.Groups;

/// <summary>A JoinGroup request and what its header and connection add. Immutable.</summary>
public sealed record JoinRequest
{
    public required JoinGroupRequest Message { get; init; }

    /// <summary>Empty where the client gave none.</summary>
    public required string ClientId { get; init; }

    /// <summary>The client's address as Java prints it, such as <c>/10.0.0.1</c>: it is stored in the group's record.</summary>
    public required string ClientHost { get; init; }

    /// <summary>A dynamic member's first request is only told its id (KIP-394).</summary>
    public bool RequiresKnownMemberId { get; init; }

    /// <summary>The client knows <c>skip_assignment</c> (KIP-814).</summary>
    public bool SupportsSkippingAssignment { get; init; }
}
