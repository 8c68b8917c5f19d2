namespace ClassicBroker.Rpc.Sasl;

/// <summary>A mechanism a listener offers, with the credentials it checks against. Threading: any loop.</summary>
public interface ISaslServerMechanism
{
    /// <summary>As SaslHandshake names it.</summary>
    string Name { get; }

    ISaslServer Begin();
}
