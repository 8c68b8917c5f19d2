using ClassicBroker.Primitives;

namespace ClassicBroker.Server;

/// <summary>Who this broker is, settled at start.</summary>
public sealed record BrokerIdentity(BrokerId BrokerId, string ClusterId);
