using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Config;
using ClassicBroker.Transport;

namespace ClassicBroker.Server.Security;

/// <summary>
/// The TLS of one listener: for who connects to it, and for this broker where it connects to the same listener of another.
/// </summary>
internal sealed class ListenerTls
{
    /// <summary>How long a client may take; by then a port scanner has long gone and a slow machine is through.</summary>
    public static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(30);

    private readonly TlsContext _context;
    private readonly PrincipalMapping _mapping;

    private ListenerTls(TlsContext context, PrincipalMapping mapping)
    {
        _context = context;
        _mapping = mapping;
    }

    /// <summary>Until when the listener's certificate is valid.</summary>
    public DateTimeOffset? CertificateExpiry => _context.CertificateExpiry;

    /// <summary>Reads the settings without opening a file.</summary>
    /// <exception cref="ConfigException">They cannot be used.</exception>
    public static TlsSettings Settings(KafkaConfig config, string listener)
    {
        var values = config.ValuesOf(listener);
        return Named(config, listener, () => TlsSettings.Read(values.TextOrNull));
    }

    /// <exception cref="ConfigException">A store cannot be read, or is missing.</exception>
    public static ListenerTls Load(KafkaConfig config, string listener, IFileSystem files)
    {
        var settings = Settings(config, listener);
        var context = Named(config, listener, () => TlsContext.Load(settings, files));
        return context.Server is not null
            ? new ListenerTls(context, PrincipalMapping.Parse(config.ValuesOf(listener).String("ssl.principal.mapping.rules")))
            : throw new ConfigException(
                $"Listener {listener} serves {config.Listeners.Protocols[listener].WireName()} and needs a certificate: set ssl.keystore.location, or ssl.keystore.key and "
                + $"ssl.keystore.certificate.chain, with or without the prefix {BrokerConfigDefinition.PrefixOf(listener)}");
    }

    /// <summary>Puts TLS below all that is in the channel's pipeline.</summary>
    public void Accept(TransportChannel channel, ClientConnection connection)
    {
        // On a SASL_SSL listener a certificate opens the connection, and SASL says who it speaks for.
        if (!connection.Listener.RequiresAuthentication)
        {
            channel.Pipeline.AddFirst(new CertificatePrincipal(connection, _mapping));
        }

        channel.Pipeline.AddFirst(new TlsHandler(_context.Server!, HandshakeTimeout));
    }

    /// <summary>Puts the connecting side of TLS in the channel's pipeline.</summary>
    public void Connect(TransportChannel channel, string host, TimeSpan timeout) =>
        channel.Pipeline.AddLast(new TlsHandler(_context.Client(host), timeout));

    /// <summary>Calls a key at fault by the name it has in the file.</summary>
    private static T Named<T>(KafkaConfig config, string listener, Func<T> step)
    {
        try
        {
            return step();
        }
        catch (TlsSettingException refused)
        {
            var prefixed = BrokerConfigDefinition.PrefixOf(listener) + refused.Key;
            throw new ConfigException(config.Originals.ContainsKey(prefixed) ? prefixed : refused.Key, refused.Value, refused.Reason);
        }
    }
}
