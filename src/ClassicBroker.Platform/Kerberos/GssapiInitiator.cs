namespace ClassicBroker.Platform;

/// <summary>
/// The client's half of GSSAPI (RFC 4752), whatever the protocol that carries its tokens. It has the server prove itself too, and takes no
/// layer of protection. Threading: one caller, one step at a time.
/// </summary>
public sealed class GssapiInitiator(IKerberosExchange exchange) : IDisposable
{
    private bool _hasChosen;

    /// <summary>The first token.</summary>
    /// <exception cref="KerberosException">There is no ticket for the service.</exception>
    public Task<byte[]> BeginAsync() => exchange.StepAsync([]);

    /// <summary>Answers a token of the server's, which may be empty; null where the exchange has ended well.</summary>
    /// <exception cref="KerberosException">The server did not prove itself, or wants a layer.</exception>
    public async Task<byte[]?> AnswerAsync(byte[] token)
    {
        if (!exchange.IsEstablished)
        {
            return await exchange.StepAsync(token);
        }

        if (_hasChosen)
        {
            return null;
        }

        var offer = exchange.Unwrap(token);
        if (offer.Length < GssapiMessages.Length || (offer[0] & GssapiMessages.NoLayer) == 0)
        {
            throw new KerberosException("it wants a layer of SASL around every message, which there is not here");
        }

        _hasChosen = true;
        return exchange.Wrap(GssapiMessages.WithoutLayer);
    }

    public void Dispose() => exchange.Dispose();
}
