using ClassicBroker.Metadata;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Config;
using ClassicBroker.Transport;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Security;

/// <summary>
/// TLS of all SSL and SASL_SSL listeners of a broker. A dynamic change of its keys holds for connections made from then on; one that
/// cannot be used leaves what there was, and one that leaves out a name of the certificate in use is not taken unless that is allowed.
/// Stores are read where a listener's own settings, or the files themselves, have changed. Threading: safe from any thread; reloads come
/// from one loop.
/// </summary>
internal sealed partial class BrokerTls
{
    private readonly IFileSystem _files;
    private readonly ILogger<BrokerTls> _logger;
    private volatile IReadOnlyDictionary<string, ListenerTls> _listeners =
        new SortedDictionary<string, ListenerTls>(StringComparer.Ordinal);

    /// <exception cref="ConfigException">A listener's stores cannot be read.</exception>
    public BrokerTls(KafkaConfig config, IFileSystem files, ILogger<BrokerTls> logger)
    {
        _files = files;
        _logger = logger;
        _listeners = Load(config, keepsNames: false);
    }

    /// <summary>Until when the certificate of each listener is valid.</summary>
    public IEnumerable<(string Listener, DateTimeOffset Expiry)> CertificateExpiries =>
        _listeners.SelectMany(entry => entry.Value.CertificateExpiry is { } expiry
            ? [(entry.Key, expiry)]
            : Array.Empty<(string, DateTimeOffset)>());

    /// <summary>Finds out whether the listeners could use these settings.</summary>
    /// <exception cref="ConfigException">They could not.</exception>
    public void Check(KafkaConfig proposed) => Load(proposed, keepsNames: true);

    /// <summary>
    /// Takes what ZooKeeper has of the settings before a listener opens: no one knows the names of the file's certificates yet.
    /// </summary>
    public void Begin(KafkaConfig config) => Take(config, keepsNames: false);

    /// <summary>Reads what has changed: the content of a store may be new where its name is not.</summary>
    public void Reload(KafkaConfig config) => Take(config, keepsNames: true);

    private void Take(KafkaConfig config, bool keepsNames)
    {
        try
        {
            _listeners = Load(config, keepsNames);
        }
        catch (ConfigException refused)
        {
            LogKept(refused.Message);
        }
    }

    /// <summary>
    /// Secures the channels that a listener accepts, where it asks for it: with the stores of the moment, the last ones once it is closed.
    /// </summary>
    public Action<TransportChannel, ClientConnection> Of(BrokerEndpoint endpoint)
    {
        if (!IsTls(endpoint.SecurityProtocol))
        {
            return static (_, _) => { };
        }

        var last = _listeners[endpoint.ListenerName];
        return (channel, connection) =>
        {
            last = _listeners.GetValueOrDefault(endpoint.ListenerName, last);
            last.Accept(channel, connection);
        };
    }

    /// <summary>What secures connections to another broker's listener; null where it speaks plaintext.</summary>
    public Action<TransportChannel>? Towards(BrokerEndpoint endpoint, TimeSpan timeout) =>
        IsTls(endpoint.SecurityProtocol)
            ? channel => _listeners[endpoint.ListenerName].Connect(channel, endpoint.Host, timeout)
            : null;

    private static bool IsTls(SecurityProtocol protocol) => protocol is SecurityProtocol.Ssl or SecurityProtocol.SaslSsl;

    private SortedDictionary<string, ListenerTls> Load(KafkaConfig config, bool keepsNames)
    {
        var loaded = new SortedDictionary<string, ListenerTls>(StringComparer.Ordinal);
        foreach (var listener in config.Listeners.Bound.Where(endpoint => IsTls(endpoint.SecurityProtocol)).Select(tls => tls.ListenerName))
        {
            var before = _listeners.GetValueOrDefault(listener);
            if (before?.IsOf(config, listener, _files) == true)
            {
                loaded.Add(listener, before);
                continue;
            }

            var tls = ListenerTls.Load(config, listener, _files);
            if (before is not null && keepsNames)
            {
                tls.RequireSameNames(before, config.ValuesOf(listener));
            }

            if (listener == config.Listeners.InterBroker)
            {
                tls.RequireTrust(keepsNames ? before ?? tls : tls);
            }

            loaded.Add(listener, tls);
        }

        return loaded;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The listeners keep the certificates they have: {Reason}")]
    private partial void LogKept(string reason);
}
