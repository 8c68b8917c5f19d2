namespace ClassicBroker.Client;

/// <summary>A group as its coordinator lists it. Immutable.</summary>
/// <param name="GroupId">The group.</param>
/// <param name="ProtocolType">What its members are, <c>consumer</c> above all; empty for one that only commits offsets.</param>
/// <param name="State">Its state by Kafka's name; empty where the broker is too old to tell.</param>
/// <param name="Type">Its type by Kafka's name; empty where the broker is too old to tell.</param>
public sealed record GroupListing(string GroupId, string ProtocolType, string State, string Type);
