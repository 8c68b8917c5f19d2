namespace ClassicBroker.ZooKeeper.Server.Access;

/// <summary>Who a connection is, in one authentication scheme.</summary>
internal readonly record struct AuthId(string Scheme, string Id);
