using ClassicBroker.Platform;
using ClassicBroker.Server.Config;
using ClassicBroker.Transport;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Server.Security;

/// <summary>
/// TLS between the broker and ZooKeeper, as <c>zookeeper.ssl.*</c> ask for it. Stateless.
/// </summary>
internal static class ZooKeeperTls
{
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
            return TlsContext.Load(ZooKeeperTlsSettings.Read(values.TextOrNull), files);
        }
        catch (TlsSettingException refused)
        {
            throw new ConfigException(ZooKeeperTlsSettings.Prefix + refused.Key, refused.Value, refused.Reason);
        }
    }
}
