namespace ClassicBroker.ZooKeeper.Server.Tests.Conformance;

/// <summary>The suite against Apache ZooKeeper: it says what is right.</summary>
public sealed class ApacheConformanceTests(ApacheZooKeeper server) : ConformanceTests(server), IClassFixture<ApacheZooKeeper>;
