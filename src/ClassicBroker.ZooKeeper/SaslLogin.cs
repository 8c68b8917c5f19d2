using ClassicBroker.Platform;
using ClassicBroker.ZooKeeper.Sasl;

namespace ClassicBroker.ZooKeeper;

/// <summary>What a client proves to a ZooKeeper by SASL who it is with. Immutable.</summary>
public abstract record SaslLogin
{
    /// <summary>A new exchange, for one connection.</summary>
    internal abstract ISaslExchange Begin(ZooKeeperAddress server, IRandomSource random);
}
