using ClassicBroker.Platform;
using ClassicBroker.ZooKeeper.Sasl;

namespace ClassicBroker.ZooKeeper;

/// <summary>
/// A Kerberos principal of a <c>Krb5LoginModule</c>, for SASL GSSAPI with servers that are <paramref name="Service"/> on their hosts.
/// </summary>
public sealed record KerberosLogin(IKerberos Kerberos, KerberosCredential Credential, string Service) : SaslLogin
{
    internal override ISaslExchange Begin(ZooKeeperAddress server, IRandomSource random) =>
        new GssapiExchange(new GssapiInitiator(Kerberos.Initiate(Credential, Service, server.Host)));
}
