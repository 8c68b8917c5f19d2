namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// A mechanism and the credential to log in with: what a client, or a broker towards others, is configured for. Threading: any thread.
/// </summary>
public interface ISaslLogin
{
    /// <summary>As SaslHandshake names it.</summary>
    string Mechanism { get; }

    /// <summary>A new exchange, for one connection: at once, or when a ticket or token for it has come.</summary>
    /// <param name="host">The host connected to.</param>
    /// <exception cref="SaslFailedException">There is no credential to log in with.</exception>
    /// <exception cref="RpcDisconnectedException">There is none at the moment.</exception>
    ValueTask<ISaslClient> BeginAsync(string host);
}
