using ClassicBroker.Platform;
using ClassicBroker.Server.Config;
using ClassicBroker.Transport;

namespace ClassicBroker.Server.Security;

/// <summary>
/// Reads <c>zookeeper.ssl.*</c>, which differ from a listener's keys in little: the key's password is the store's, and types are guessed
/// from file names. Stateless.
/// </summary>
internal static class ZooKeeperTls
{
    private const string Prefix = "zookeeper.";

    /// <summary>What makes the TLS handler of a connection to a host; null where ZooKeeper is spoken to in plaintext.</summary>
    /// <exception cref="ConfigException">The keys ask for what cannot be, or a store cannot be read.</exception>
    public static Func<string, TransportHandler>? HandlerFor(KafkaConfig config, IFileSystem files)
    {
        var values = config.Values;
        if (!config.ZooKeeperSslClientEnable)
        {
            return null;
        }

        foreach (var key in new[] { "zookeeper.ssl.crl.enable", "zookeeper.ssl.ocsp.enable" })
        {
            if (values.Bool(key))
            {
                throw new ConfigException(key, "true", "this build does not ask whether certificates are revoked");
            }
        }

        var context = Load(values, files);
        var timeout = TimeSpan.FromMilliseconds(config.ZooKeeperConnectionTimeoutMs);
        return host => new TlsHandler(context.Client(host), timeout);
    }

    private static TlsContext Load(ConfigValues values, IFileSystem files)
    {
        try
        {
            return TlsContext.Load(TlsSettings.Read(key => ValueOf(values, key)), files);
        }
        catch (TlsSettingException refused)
        {
            throw new ConfigException(Prefix + refused.Key, refused.Value, refused.Reason);
        }
    }

    private static string? ValueOf(ConfigValues values, string key) => key switch
    {
        "ssl.keystore.type" or "ssl.truststore.type" => TypeOf(values, key),
        "ssl.keystore.password" =>
            TypeOf(values, "ssl.keystore.type") == "PEM" ? null : values.TextOrNull("zookeeper.ssl.keystore.password"),
        "ssl.key.password" => values.TextOrNull("zookeeper.ssl.keystore.password"),
        "ssl.enabled.protocols" => values.TextOrNull("zookeeper.ssl.enabled.protocols") ?? "",
        "ssl.keystore.location" or "ssl.truststore.location" or "ssl.truststore.password" or "ssl.protocol" or "ssl.cipher.suites"
            or "ssl.endpoint.identification.algorithm" => values.TextOrNull(Prefix + key),
        _ => null,
    };

    private static string TypeOf(ConfigValues values, string key)
    {
        var location = values.TextOrNull(Prefix + key.Replace(".type", ".location", StringComparison.Ordinal)) ?? "";
        return values.TextOrNull(Prefix + key) ?? Path.GetExtension(location).ToLowerInvariant() switch
        {
            ".pem" => "PEM",
            ".p12" or ".pfx" => "PKCS12",
            _ => "JKS",
        };
    }
}
