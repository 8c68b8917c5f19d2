namespace ClassicBroker.Interop.Tests.Sasl;

/// <summary>Tests that share the broker with SASL listeners.</summary>
[CollectionDefinition(Name)]
public sealed class SaslCollection : ICollectionFixture<SaslBrokerFixture>
{
    public const string Name = "broker with SASL";
}
