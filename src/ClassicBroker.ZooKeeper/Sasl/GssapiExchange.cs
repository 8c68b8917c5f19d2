using ClassicBroker.Platform;

namespace ClassicBroker.ZooKeeper.Sasl;

/// <summary>GSSAPI as ZooKeeper servers speak it: RFC 4752, whose last token of the server's is empty. Made for one connection.</summary>
internal sealed class GssapiExchange(GssapiInitiator initiator) : ISaslExchange
{
    public async ValueTask<byte[]> BeginAsync()
    {
        try
        {
            return await initiator.BeginAsync();
        }
        catch (KerberosException failure)
        {
            throw new SaslException($"Kerberos gives no ticket: {failure.Message}");
        }
    }

    public async ValueTask<byte[]?> AnswerAsync(byte[] token)
    {
        try
        {
            return await initiator.AnswerAsync(token);
        }
        catch (KerberosException failure)
        {
            throw new SaslException($"the server did not prove itself by Kerberos: {failure.Message}");
        }
    }

    public void Dispose() => initiator.Dispose();
}
