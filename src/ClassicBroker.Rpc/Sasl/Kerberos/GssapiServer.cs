using ClassicBroker.Platform;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// The broker's half of GSSAPI (RFC 4752): the exchange of Kerberos, an empty token where that ended with the broker's, then the choice of
/// no layer. An authorization id is not looked at, as in Kafka: a client is whom Kerberos says.
/// </summary>
internal sealed class GssapiServer(IKerberosExchange exchange, KerberosShortNames shortNames) : ISaslServer
{
    private Stage _stage;

    private enum Stage
    {
        Kerberos,
        Empty,
        Choice,
        Done,
    }

    public async ValueTask<SaslServerStep> EvaluateAsync(ReadOnlyMemory<byte> token)
    {
        // The token is lent until the first await.
        var bytes = token.ToArray();
        try
        {
            return _stage switch
            {
                Stage.Kerberos => await StepAsync(bytes),
                Stage.Empty when bytes.Length == 0 => Offer(),
                Stage.Choice => Choose(bytes),
                _ => throw Refused("a token was sent where none was due"),
            };
        }
        catch (Exception failure) when (failure is KerberosException or FormatException)
        {
            exchange.Dispose();
            _stage = Stage.Done;
            throw Refused(failure.Message);
        }
    }

    private static SaslRefusedException Refused(string reason) =>
        SaslRefusedException.InvalidCredentials(SaslMechanismNames.Gssapi, reason);

    private async Task<SaslServerStep> StepAsync(byte[] token)
    {
        var answer = await exchange.StepAsync(token);
        if (!exchange.IsEstablished)
        {
            return new SaslServerStep(answer, null);
        }

        if (answer.Length == 0)
        {
            return Offer();
        }

        _stage = Stage.Empty;
        return new SaslServerStep(answer, null);
    }

    private SaslServerStep Offer()
    {
        _stage = Stage.Choice;
        return new SaslServerStep(exchange.Wrap(GssapiMessages.WithoutLayer), null);
    }

    private SaslServerStep Choose(byte[] token)
    {
        var choice = exchange.Unwrap(token);
        if (choice.Length < GssapiMessages.Length || choice[0] != GssapiMessages.NoLayer)
        {
            throw new FormatException("the client asks for a layer that was not offered");
        }

        var user = shortNames.Of(exchange.Peer);
        exchange.Dispose();
        _stage = Stage.Done;
        return new SaslServerStep([], new SaslIdentity(new KafkaPrincipal(KafkaPrincipal.UserType, user)));
    }
}
