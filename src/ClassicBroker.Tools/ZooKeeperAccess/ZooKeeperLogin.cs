using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Tools.ZooKeeperAccess;

/// <summary>
/// What a tool logs in to ZooKeeper with: a DigestLoginModule or a Krb5LoginModule in the context <c>Client</c> of the JAAS file that
/// <c>KAFKA_OPTS</c> names, as a broker. Stateless.
/// </summary>
internal static class ZooKeeperLogin
{
    public const string FileProperty = "java.security.auth.login.config";

    private const string EnabledProperty = "zookeeper.sasl.client";
    private const string ContextProperty = "zookeeper.sasl.clientconfig";
    private const string ServiceProperty = "zookeeper.sasl.client.username";
    private const string DefaultContext = "Client";
    private const string DefaultService = "zookeeper";
    private const string DigestModule = "org.apache.zookeeper.server.auth.DigestLoginModule";

    /// <summary>Whether a login is configured.</summary>
    /// <exception cref="ToolException">The JAAS file cannot be used.</exception>
    public static bool IsConfigured(ToolHost host) => EntryOf(host) is not null;

    /// <summary>The login; null where none is configured.</summary>
    /// <exception cref="ToolException">The JAAS file or its context cannot be used.</exception>
    public static SaslLogin? Read(ToolHost host, IKerberos kerberos)
    {
        if (EntryOf(host) is not { } entry)
        {
            return null;
        }

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
                    host.SystemProperties.GetValueOrDefault(ServiceProperty) ?? DefaultService),
                _ => throw new JaasException(
                    $"it names {entry.Module}, and ZooKeeper is logged in to by {DigestModule} or {LoginModules.Kerberos}"),
            };
        }
        catch (JaasException refused)
        {
            throw new ToolException($"The login of the JAAS file to ZooKeeper cannot be used: {refused.Message}", refused);
        }
    }

    private static JaasEntry? EntryOf(ToolHost host)
    {
        var properties = host.SystemProperties;
        if (!properties.TryGetValue(FileProperty, out var file)
            || "false".Equals(properties.GetValueOrDefault(EnabledProperty), StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var context = properties.GetValueOrDefault(ContextProperty) ?? DefaultContext;
        return Parse(file, host).GetValueOrDefault(context) is [var first, ..] ? first : null;
    }

    private static IReadOnlyDictionary<string, IReadOnlyList<JaasEntry>> Parse(string file, ToolHost host)
    {
        try
        {
            return JaasParser.ParseFile(Encoding.UTF8.GetString(host.ReadFile(file)));
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or JaasException)
        {
            throw new ToolException($"The JAAS file {file} cannot be used: {unusable.Message}", unusable);
        }
    }
}
