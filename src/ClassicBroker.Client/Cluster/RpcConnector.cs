using System.Collections.Concurrent;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Rpc;
using ClassicBroker.Transport;

namespace ClassicBroker.Client.Cluster;

/// <summary>
/// Opens connections by Rpc over a transport, through TLS where the configuration asks for it; stores are read once for each
/// configuration. Threading: <see cref="Prepare"/> from any thread, the rest on the client's loop.
/// </summary>
internal sealed class RpcConnector(ITransport transport, IEventLoop loop, IFileSystem files) : IBrokerConnector
{
    private readonly ConcurrentDictionary<TlsConfig, TlsContext> _contexts = new();

    public void Prepare(ClientConfig config)
    {
        if (config.SecurityProtocol == SecurityProtocol.Ssl)
        {
            ContextOf(config.Tls);
        }
    }

    public async Task<IBrokerConnection> ConnectAsync(BrokerAddress address, ClientConfig config)
    {
        try
        {
            return new RpcBrokerConnection(await RpcConnection.ConnectAsync(transport, Options(address, config)));
        }
        catch (RpcDisconnectedException refused) when (refused.InnerException is TlsHandshakeException { IsRefusal: true } handshake)
        {
            throw new SslAuthenticationException(address.ToString(), handshake);
        }
        catch (Exception failure) when (
            failure is ConnectException or RpcDisconnectedException or RpcTimeoutException or MalformedDataException)
        {
            // Who answers in another protocol will do so again.
            var speaksKafka = failure is not RpcDisconnectedException { InnerException: InvalidReceiveException };
            throw new BrokerUnavailableException(address.ToString(), failure.Message, failure, isRetriable: speaksKafka);
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
        Secure = config.SecurityProtocol == SecurityProtocol.Ssl ? channel => AddTls(channel, address, config) : null,
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
