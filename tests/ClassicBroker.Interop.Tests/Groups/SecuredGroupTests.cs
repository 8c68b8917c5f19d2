namespace ClassicBroker.Interop.Tests.Groups;

/// <summary>The same on three brokers with SASL_SSL, ACLs and a closed ZooKeeper.</summary>
public sealed class SecuredGroupTests(SecuredClusterFixture cluster) : SharedGroupTests(cluster), IClassFixture<SecuredClusterFixture>;
