using System.Text;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Tools.ZooKeeperAccess;

/// <summary>
/// What a tool logs in to ZooKeeper with: a DigestLoginModule in the context <c>Client</c> of the JAAS file that <c>KAFKA_OPTS</c> names,
/// as a broker. Stateless.
/// </summary>
internal static class ZooKeeperLogin
{
    public const string FileProperty = "java.security.auth.login.config";

    private const string EnabledProperty = "zookeeper.sasl.client";
    private const string ContextProperty = "zookeeper.sasl.clientconfig";
    private const string DefaultContext = "Client";
    private const string DigestModule = "org.apache.zookeeper.server.auth.DigestLoginModule";

    /// <summary>User and password; null where none is configured.</summary>
    /// <exception cref="ToolException">The JAAS file or its context cannot be used.</exception>
    public static SaslCredentials? Read(ToolHost host)
    {
        var properties = host.SystemProperties;
        if (!properties.TryGetValue(FileProperty, out var file)
            || "false".Equals(properties.GetValueOrDefault(EnabledProperty), StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var context = properties.GetValueOrDefault(ContextProperty) ?? DefaultContext;
        return Parse(file, host).GetValueOrDefault(context) is not [var entry, ..] ? null
            : entry.Module == DigestModule && entry.Option("username") is { } user && entry.Option("password") is { } password
                ? new SaslCredentials(user, password)
                : throw new ToolException(
                    $"The context {context} of the JAAS file {file} names {entry.Module}; ZooKeeper is logged in to by {DigestModule} with "
                    + "a username and a password");
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
