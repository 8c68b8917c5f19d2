namespace ClassicBroker.Rpc.Sasl;

/// <summary>The client's half of one exchange. Threading: the connection's loop.</summary>
public interface ISaslClient
{
    byte[] FirstToken();

    /// <summary>Answers a token of the broker's, which is lent until the first await; null where the exchange has ended well.</summary>
    /// <exception cref="SaslFailedException">The broker did not prove itself, or broke the mechanism's rules.</exception>
    ValueTask<byte[]?> AnswerAsync(ReadOnlyMemory<byte> token);
}
