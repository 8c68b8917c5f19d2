namespace ClassicBroker.Metadata.Admin;

/// <summary>A broker that replicas may be placed on, and its rack if it has one.</summary>
public readonly record struct BrokerRack(int Id, string? Rack);
