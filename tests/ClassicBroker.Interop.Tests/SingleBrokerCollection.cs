namespace ClassicBroker.Interop.Tests;

/// <summary>Tests that share one running broker.</summary>
[CollectionDefinition(Name)]
public sealed class SingleBrokerCollection : ICollectionFixture<SingleBrokerFixture>
{
    public const string Name = "single broker";
}
