using ClassicBroker.Platform;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Server.Config;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Server.Security;

/// <summary>
/// What the broker logs in to ZooKeeper with: a DigestLoginModule or a Krb5LoginModule in the context <c>Client</c> of the JAAS file, or in
/// the one that Java's system property names. Stateless.
/// </summary>
internal static class ZooKeeperLogin
{
    public const string EnabledProperty = "zookeeper.sasl.client";
    public const string ContextProperty = "zookeeper.sasl.clientconfig";

    /// <summary>The name of ZooKeeper's servers to Kerberos.</summary>
    public const string ServiceProperty = "zookeeper.sasl.client.username";

    private const string DefaultContext = "Client";
    private const string DefaultService = "zookeeper";
    private const string DigestModule = "org.apache.zookeeper.server.auth.DigestLoginModule";

    /// <summary>The login; null where none is configured.</summary>
    /// <exception cref="ConfigException">The login cannot be used, or <c>zookeeper.set.acl</c> is set and there is nothing to prove who
    /// this is.</exception>
    public static SaslLogin? Read(
        KafkaConfig config, IFileSystem files, IReadOnlyDictionary<string, string> properties, IKerberos? kerberos = null)
    {
        var file = properties.GetValueOrDefault(JaasContexts.FileProperty);
        var isEnabled = !"false".Equals(properties.GetValueOrDefault(EnabledProperty), StringComparison.OrdinalIgnoreCase);
        var context = properties.GetValueOrDefault(ContextProperty) ?? DefaultContext;
        var entries = isEnabled ? JaasContexts.Load(file, files).Context(context) : [];
        if (entries.Count > 0)
        {
            return Login(entries[0], context, properties, kerberos);
        }

        if (config.ZooKeeperSetAcl && !config.ShowsZooKeeperCertificate)
        {
            throw new ConfigException(
                "zookeeper.set.acl is true, but ZooKeeper client TLS configuration identifying at least zookeeper.ssl.client.enable, "
                + "zookeeper.clientCnxnSocket, and zookeeper.ssl.keystore.location was not present and the verification of the JAAS login "
                + $"file failed [{JaasContexts.FileProperty}={file ?? "null"}, {EnabledProperty}={Shown(EnabledProperty, "true")}, "
                + $"{ContextProperty}={Shown(ContextProperty, DefaultContext)}]");
        }

        return null;

        string Shown(string property, string otherwise) => properties.GetValueOrDefault(property) ?? $"default:{otherwise}";
    }

    private static SaslLogin Login(
        JaasEntry entry, string context, IReadOnlyDictionary<string, string> properties, IKerberos? kerberos)
    {
        try
        {
            return entry.Module switch
            {
                DigestModule when entry.Option("username") is { } user && entry.Option("password") is { } password =>
                    new SaslCredentials(user, password),
                DigestModule => throw new JaasException($"{DigestModule} has no username and password"),
                LoginModules.Kerberos => new KerberosLogin(
                    LoginModules.Require(kerberos),
                    KerberosModule.CredentialOf(entry),
                    properties.GetValueOrDefault(ServiceProperty) ?? DefaultService),
                _ => throw new JaasException(
                    $"it names {entry.Module}, and ZooKeeper is logged in to by {DigestModule} or {LoginModules.Kerberos}"),
            };
        }
        catch (JaasException refused)
        {
            throw new ConfigException($"The context {context} of the JAAS file cannot be used: {refused.Message}");
        }
    }
}
