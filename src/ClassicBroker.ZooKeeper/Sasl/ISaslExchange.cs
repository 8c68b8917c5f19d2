namespace ClassicBroker.ZooKeeper.Sasl;

/// <summary>The client's half of one SASL exchange. Threading: one caller, one step at a time.</summary>
internal interface ISaslExchange : IDisposable
{
    /// <summary>The first token, which may be empty.</summary>
    /// <exception cref="SaslException">There is nothing to prove.</exception>
    ValueTask<byte[]> BeginAsync();

    /// <summary>Answers a token of the server's; null where none is due any more.</summary>
    /// <exception cref="SaslException">The server's part is wrong.</exception>
    ValueTask<byte[]?> AnswerAsync(byte[] token);
}
