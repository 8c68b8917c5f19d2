namespace ClassicBroker.Interop.Tests.Groups;

/// <summary>The tests of groups on one broker that lets everyone in.</summary>
[Collection(SingleBrokerCollection.Name)]
public sealed class OpenGroupTests(SingleBrokerFixture cluster) : SharedGroupTests(cluster);
