using ClassicBroker.Platform;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// The client's half of GSSAPI (RFC 4752). It has the broker prove itself too, and takes no layer of protection below Kafka's own TLS.
/// </summary>
internal sealed class GssapiClient(IKerberosExchange exchange, byte[] first) : ISaslClient
{
    private bool _hasChosen;

    public byte[] FirstToken() => first;

    public async ValueTask<byte[]?> AnswerAsync(ReadOnlyMemory<byte> token)
    {
        var bytes = token.ToArray();
        try
        {
            if (!exchange.IsEstablished)
            {
                return await exchange.StepAsync(bytes);
            }

            if (_hasChosen)
            {
                exchange.Dispose();
                return null;
            }

            var offer = exchange.Unwrap(bytes);
            if (offer.Length < GssapiMessages.Length || (offer[0] & GssapiMessages.NoLayer) == 0)
            {
                throw new SaslFailedException("The broker wants a layer of SASL around every message, which Kafka does not have");
            }

            _hasChosen = true;
            return exchange.Wrap(GssapiMessages.WithoutLayer);
        }
        catch (KerberosException failure)
        {
            exchange.Dispose();
            throw new SaslFailedException($"The broker did not prove itself by Kerberos: {failure.Message}");
        }
    }
}
