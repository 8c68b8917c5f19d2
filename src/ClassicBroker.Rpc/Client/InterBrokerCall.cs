namespace ClassicBroker.Rpc;

/// <summary>A request of an <see cref="InterBrokerClient"/> from its making to its outcome. Threading: the client's loop.</summary>
internal abstract class InterBrokerCall
{
    /// <summary>Sends it; what becomes of it is in its outcome.</summary>
    public abstract void Start(RpcConnection connection);

    public abstract void Fail(Exception failure);
}
