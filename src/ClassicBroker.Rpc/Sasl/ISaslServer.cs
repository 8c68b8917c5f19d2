namespace ClassicBroker.Rpc.Sasl;

/// <summary>The broker's half of one exchange of one connection. Threading: the connection's loop.</summary>
public interface ISaslServer
{
    /// <summary>
    /// Takes the client's next token, which is lent until the first await: at once, or later where that would hold up the loop.
    /// </summary>
    /// <exception cref="SaslRefusedException">It proves nothing; the exchange has failed.</exception>
    ValueTask<SaslServerStep> EvaluateAsync(ReadOnlyMemory<byte> token);
}
