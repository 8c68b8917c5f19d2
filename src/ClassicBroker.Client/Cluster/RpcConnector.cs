using System.Security.Cryptography;
using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Rpc;
using ClassicBroker.Transport;

namespace ClassicBroker.Client.Cluster;

/// <summary>Opens connections by Rpc over a transport, through TLS where the configuration asks for it. Threading: belongs to the client's loop.</summary>
internal sealed class RpcConnector(ITransport transport, IEventLoop loop, IFileSystem files) : IBrokerConnector
{
    public async Task<IBrokerConnection> ConnectAsync(BrokerAddress address, ClientConfig config)
    {
        try
        {
            return new RpcBrokerConnection(await RpcConnection.ConnectAsync(transport, Options(address, config)));
        }
        catch (Exception failure) when (failure is ConnectException or RpcDisconnectedException or RpcTimeoutException or MalformedDataException)
        {
            throw new BrokerUnavailableException(address.ToString(), failure.Message, failure);
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

    private void AddTls(Channel channel, BrokerAddress address, ClientConfig config)
    {
        var tls = config.Tls;
        var trust = Load("ssl.truststore", tls.TruststoreLocation, tls.TruststoreType, tls.TruststorePassword, null);
        var keys = Load("ssl.keystore", tls.KeystoreLocation, tls.KeystoreType, tls.KeystorePassword, tls.KeyPassword);
        var options = TlsOptions.Client(address.Host, trust, keys, tls.VerifyHostName);
        channel.Pipeline.AddLast(new TlsHandler(options, config.ConnectionSetupTimeout));
    }

    private KeyStore? Load(string key, string? location, string type, string? password, string? keyPassword)
    {
        if (location is null)
        {
            return null;
        }

        try
        {
            using var file = files.Open(location, FileOpenMode.Read);
            var bytes = new byte[file.Length];
            var content = bytes.AsSpan(0, file.Read(bytes, 0));
            return type.Equals("PEM", StringComparison.OrdinalIgnoreCase)
                ? KeyStore.ParsePem(Encoding.UTF8.GetString(content), keyPassword)
                : KeyStore.Parse(content, password, keyPassword);
        }
        catch (Exception unusable) when (unusable is StorageException or CryptographicException)
        {
            throw new KafkaConfigException($"{key}.location", location, $"it cannot be used as a store of type {type}: {unusable.Message}");
        }
    }
}
