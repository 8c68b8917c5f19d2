using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Config.Keys;
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
    private readonly string _values;
    private readonly (long? KeyStore, long? TrustStore) _written;

    private ListenerTls(TlsContext context, PrincipalMapping mapping, string values, (long? KeyStore, long? TrustStore) written)
    {
        _context = context;
        _mapping = mapping;
        _values = values;
        _written = written;
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
        var written = Written(settings, files);
        var context = Named(config, listener, () => TlsContext.Load(settings, files));
        return context.Server is not null
            ? new ListenerTls(
                context,
                PrincipalMapping.Parse(config.ValuesOf(listener).String("ssl.principal.mapping.rules")),
                ValuesOf(config, listener),
                written)
            : throw new ConfigException(
                $"Listener {listener} serves {config.Listeners.Protocols[listener].WireName()} and needs a certificate: set ssl.keystore.location, or ssl.keystore.key and "
                + $"ssl.keystore.certificate.chain, with or without the prefix {BrokerConfigDefinition.PrefixOf(listener)}");
    }

    /// <summary>
    /// Whether the listener would have the same by this configuration: its settings are the same, and no store was written since. One that
    /// is gone is not missed until it is asked for.
    /// </summary>
    public bool IsOf(KafkaConfig config, string listener, IFileSystem files)
    {
        if (_values != ValuesOf(config, listener))
        {
            return false;
        }

        var (keyStore, trustStore) = Written(Settings(config, listener), files);
        return (keyStore ?? _written.KeyStore) == _written.KeyStore && (trustStore ?? _written.TrustStore) == _written.TrustStore;
    }

    /// <summary>Whether it may follow on another while the listener is open.</summary>
    /// <exception cref="ConfigException">It may not.</exception>
    public void RequireSameNames(ListenerTls before, ConfigValues values) =>
        CertificateNames.RequireSame(before._context, _context, values);

    /// <summary>
    /// Whether brokers that have the same settings believe each other, and where some have those of before, these too: otherwise they start
    /// and never replicate.
    /// </summary>
    /// <exception cref="ConfigException">They would not.</exception>
    public void RequireTrust(ListenerTls before)
    {
        var faults = new[] { _context.FaultBefore(_context), _context.FaultBefore(before._context), before._context.FaultBefore(_context) };
        if (Array.Find(faults, fault => fault is not null) is { } fault)
        {
            throw new ConfigException(
                "A client SSLEngine created with the provided settings can't connect to a server SSLEngine created with those settings.",
                fault,
                "brokers connect to each other at this listener and would not trust its certificate; ssl.truststore.* must hold its authority");
        }
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

    private static string ValuesOf(KafkaConfig config, string listener)
    {
        var values = config.ValuesOf(listener);
        return string.Join('\n', TlsConfigKeys.Keys.Select(key => $"{key.Name}={values.TextOrNull(key.Name)}"));
    }

    private static (long? KeyStore, long? TrustStore) Written(TlsSettings settings, IFileSystem files)
    {
        return (Time(settings.KeyStore.Location), Time(settings.TrustStore.Location));

        long? Time(string? path)
        {
            try
            {
                return path is null ? null : files.LastWriteTimeMs(path);
            }
            catch (StorageException)
            {
                return null;
            }
        }
    }

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
