namespace ClassicBroker.Coordinator.Groups;

/// <summary>An assignment strategy a member supports, and what it tells the group's leader under it. Immutable.</summary>
internal readonly record struct MemberProtocol(string Name, byte[] Metadata)
{
    public bool Matches(MemberProtocol other) => Name == other.Name && Metadata.AsSpan().SequenceEqual(other.Metadata);
}
