namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>Tokens to log in with. Threading: any loop.</summary>
internal interface IBearerTokens
{
    /// <summary>A token that is good now: at once, or when the one who issues it has answered.</summary>
    /// <exception cref="SaslFailedException">There is none, and will be none.</exception>
    /// <exception cref="RpcDisconnectedException">There is none at the moment.</exception>
    ValueTask<string> GetAsync();
}
