using System.Collections.Concurrent;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Transport;

namespace ClassicBroker.Client.Cluster;

/// <summary>
/// Opens connections by Rpc over a transport, through TLS and with a login where the configuration asks for it; stores and login modules
/// are read once for each configuration. Threading: <see cref="Prepare"/> from any thread, the rest on the client's loop.
/// </summary>
internal sealed class RpcConnector(ITransport transport, IEventLoop loop, IFileSystem files, SaslLogins logins) : IBrokerConnector
{
    private static readonly TimeSpan ProbePatience = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<TlsConfig, TlsContext> _contexts = new();

    public void Prepare(ClientConfig config)
    {
        if (config.SpeaksTls)
        {
            ContextOf(config.Tls);
        }

        if (config.SpeaksSasl)
        {
            logins.Of(config.Sasl);
        }
    }

    public async Task<IBrokerConnection> ConnectAsync(BrokerAddress address, ClientConfig config)
    {
        var options = Options(address, config);
        try
        {
            return new RpcBrokerConnection(await RpcConnection.ConnectAsync(transport, options));
        }
        catch (RpcDisconnectedException hungUp) when (
            hungUp.InnerException is TlsHandshakeException { IsRefusal: false }
            || (hungUp.InnerException is null && options.Secure is null))
        {
            throw await ExplainAsync(hungUp, address, options);
        }
        catch (RpcDisconnectedException refused) when (refused.InnerException is TlsHandshakeException { IsRefusal: true } handshake)
        {
            throw new SslAuthenticationException(address.ToString(), handshake);
        }
        catch (SaslFailedException refused)
        {
            throw new SaslAuthenticationException(address.ToString(), refused.Code, refused.Message);
        }
        catch (UnsupportedVersionException old)
        {
            throw new BrokerUnavailableException(address.ToString(), old.Message, old, isRetriable: false);
        }
        catch (Exception failure) when (
            failure is ConnectException or RpcDisconnectedException or RpcTimeoutException or MalformedDataException)
        {
            // Who answers in another protocol will do so again.
            var speaksKafka = failure is not RpcDisconnectedException { InnerException: InvalidReceiveException };
            throw new BrokerUnavailableException(address.ToString(), failure.Message, failure, isRetriable: speaksKafka);
        }
    }

    /// <summary>
    /// Who hangs up without a word may be going down, or not speak what was spoken to him: which of them, only another connection tells.
    /// </summary>
    private async Task<KafkaException> ExplainAsync(RpcDisconnectedException hungUp, BrokerAddress address, RpcConnectionOptions options) =>
        options.Secure is not null && await SpeaksPlaintextAsync(options)
            ? new SslAuthenticationException(
                address.ToString(), new TlsHandshakeException("the peer does not speak TLS but plaintext on this port", hungUp))
        : await ZooKeeperProbe.IsZooKeeperAsync(transport, options)
            ? new BrokerUnavailableException(
                address.ToString(), "it is the port of a ZooKeeper; brokers have ports of their own", hungUp, isRetriable: false)
            : new BrokerUnavailableException(address.ToString(), hungUp.Message, hungUp);

    /// <summary>Whether a broker tells its versions without TLS, which it does before any login.</summary>
    private async Task<bool> SpeaksPlaintextAsync(RpcConnectionOptions options)
    {
        try
        {
            var connection = await RpcConnection.ConnectAsync(transport, options with
            {
                Secure = null,
                Login = null,
                ConnectTimeout = ProbePatience,
                NegotiationTimeout = ProbePatience,
            });
            connection.Close();
            return true;
        }
        catch (Exception failure) when (failure is IOException or MalformedDataException or UnsupportedVersionException)
        {
            return false;
        }
    }

    private RpcConnectionOptions Options(BrokerAddress address, ClientConfig config) => new()
    {
        Host = address.Host,
        Port = address.Port,
        ClientId = config.ClientId,
        ConnectTimeout = config.ConnectionSetupTimeout,
        NegotiationTimeout = config.RequestTimeout,
        VersionsOfOldBrokers = null,
        Loop = loop,
        Login = config.SpeaksSasl ? logins.Of(config.Sasl) : null,
        Secure = config.SpeaksTls ? channel => AddTls(channel, address, config) : null,
        Channel = new ChannelOptions
        {
            SendBufferBytes = config.SendBufferBytes,
            ReceiveBufferBytes = config.ReceiveBufferBytes,
        },
    };

    private void AddTls(TransportChannel channel, BrokerAddress address, ClientConfig config) =>
        channel.Pipeline.AddLast(new TlsHandler(ContextOf(config.Tls).Client(address.Host), config.ConnectionSetupTimeout));

    private TlsContext ContextOf(TlsConfig tls)
    {
        try
        {
            return _contexts.GetOrAdd(tls, static (config, files) => TlsContext.Load(config.ToSettings(), files), files);
        }
        catch (TlsSettingException refused)
        {
            throw new KafkaConfigException(refused.Key, refused.Value, refused.Reason);
        }
    }
}
