using ClassicBroker.Platform;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>Logs in by GSSAPI with a Kerberos principal. Threading: any thread.</summary>
public sealed class GssapiLogin(IKerberos kerberos, KerberosCredential credential, string service) : ISaslLogin
{
    public string Mechanism => SaslMechanismNames.Gssapi;

    public async ValueTask<ISaslClient> BeginAsync(string host)
    {
        var initiator = new GssapiInitiator(kerberos.Initiate(credential, service, host));
        try
        {
            return new GssapiClient(initiator, await initiator.BeginAsync());
        }
        catch (KerberosException failure)
        {
            initiator.Dispose();
            throw new SaslFailedException($"Kerberos gives no ticket for {service}/{host}: {failure.Message}");
        }
    }
}
