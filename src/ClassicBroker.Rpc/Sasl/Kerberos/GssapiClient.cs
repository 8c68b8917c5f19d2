using ClassicBroker.Platform;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>The client's half of GSSAPI towards a broker.</summary>
internal sealed class GssapiClient(GssapiInitiator initiator, byte[] first) : ISaslClient
{
    public byte[] FirstToken() => first;

    public async ValueTask<byte[]?> AnswerAsync(ReadOnlyMemory<byte> token)
    {
        try
        {
            var answer = await initiator.AnswerAsync(token.ToArray());
            if (answer is null)
            {
                initiator.Dispose();
            }

            return answer;
        }
        catch (KerberosException failure)
        {
            initiator.Dispose();
            throw new SaslFailedException($"The broker did not prove itself by Kerberos: {failure.Message}");
        }
    }
}
