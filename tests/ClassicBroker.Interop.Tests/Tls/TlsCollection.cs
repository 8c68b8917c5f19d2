namespace ClassicBroker.Interop.Tests.Tls;

/// <summary>Tests that share the broker with TLS listeners.</summary>
[CollectionDefinition(Name)]
public sealed class TlsCollection : ICollectionFixture<TlsBrokerFixture>
{
    public const string Name = "broker with TLS";
}
