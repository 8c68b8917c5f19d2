namespace ClassicBroker.Rpc.Sasl;

/// <summary>The broker's half of one exchange of one connection. Threading: the connection's loop.</summary>
public interface ISaslServer
{
    /// <summary>Takes the client's next token.</summary>
    /// <exception cref="SaslRefusedException">It proves nothing; the exchange has failed.</exception>
    SaslServerStep Evaluate(ReadOnlySpan<byte> token);
}
