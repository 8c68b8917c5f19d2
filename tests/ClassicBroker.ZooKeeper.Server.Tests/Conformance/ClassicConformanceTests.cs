namespace ClassicBroker.ZooKeeper.Server.Tests.Conformance;

/// <summary>The suite against our server.</summary>
public sealed class ClassicConformanceTests(ClassicZooKeeper server) : ConformanceTests(server), IClassFixture<ClassicZooKeeper>;
