namespace ClassicBroker.Client;

/// <summary>A group in full, or why it cannot be described. Immutable.</summary>
/// <param name="GroupId">The group.</param>
/// <param name="State">Its state by Kafka's name.</param>
/// <param name="Protocol">The assignment strategy its members agreed on; empty while there is none.</param>
/// <param name="Coordinator">The broker that coordinates it.</param>
/// <param name="Members">Its members.</param>
/// <param name="Failure">Why there is no description; null where there is one.</param>
public sealed record GroupDescription(
    string GroupId,
    string State,
    string Protocol,
    BrokerNode Coordinator,
    IReadOnlyList<GroupMember> Members,
    KafkaException? Failure)
{
    /// <summary>What its members are to each other: <c>consumer</c>, <c>connect</c>; empty where it never had members.</summary>
    public string ProtocolType { get; init; } = "";

    /// <summary>This description, where it is one.</summary>
    /// <exception cref="KafkaException">It is not.</exception>
    public GroupDescription ThrowIfFailed() => Failure is null ? this : throw Failure;
}
