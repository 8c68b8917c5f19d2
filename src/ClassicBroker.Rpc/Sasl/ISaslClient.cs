namespace ClassicBroker.Rpc.Sasl;

/// <summary>The client's half of one exchange. Threading: the connection's loop.</summary>
public interface ISaslClient
{
    byte[] FirstToken();

    /// <summary>Answers a token of the broker's; null where the exchange has ended well.</summary>
    /// <exception cref="SaslFailedException">The broker did not prove itself, or broke the mechanism's rules.</exception>
    byte[]? Answer(ReadOnlySpan<byte> token);
}
