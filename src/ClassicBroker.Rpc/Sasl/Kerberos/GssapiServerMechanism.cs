using ClassicBroker.Platform;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>GSSAPI as a listener offers it: Kerberos with the keys of the broker's principal. Threading: any loop.</summary>
public sealed class GssapiServerMechanism(IKerberos kerberos, KerberosCredential credential, KerberosShortNames shortNames)
    : ISaslServerMechanism
{
    public string Name => SaslMechanismNames.Gssapi;

    public ISaslServer Begin() => new GssapiServer(kerberos.Accept(credential), shortNames);
}
