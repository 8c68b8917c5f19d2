namespace ClassicBroker.Replication.Fetch;

/// <summary>Where a consumer is that may be sent to a nearer replica (KIP-392).</summary>
/// <param name="Rack">As it says; empty where it does not.</param>
/// <param name="ListenerName">The listener it came by, on which it must reach the replica too.</param>
public sealed record FetchClient(string Rack, string ListenerName);
