using ClassicBroker.Metadata;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Security;
using ClassicBroker.Transport;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// Opens the broker's session with ZooKeeper, creating the chroot first where there is one, and that of an authorizer with a ZooKeeper of
/// its own. Used at start.
/// </summary>
internal static class ZooKeeperConnection
{
    /// <exception cref="StartException">ZooKeeper could not be reached in <c>zookeeper.connection.timeout.ms</c>, or the address is
    /// wrong.</exception>
    /// <exception cref="ConfigException">TLS with ZooKeeper, or a login there, is asked for and cannot be
    /// had.</exception>
    public static async Task<IZooKeeper> OpenAsync(
        KafkaConfig config, KafkaServerEnvironment environment, ZooKeeperClientMetrics? metrics = null)
    {
        var connect = Parse(config.ZooKeeperConnect);
        var tls = ZooKeeperTls.HandlerFor(config, environment.Files);
        var login = ZooKeeperLogin.Read(config, environment.Files, environment.SystemProperties, environment.Kerberos);
        if (connect.Chroot.Length > 0)
        {
            await CreateChrootAsync(config, environment, connect, tls, login);
        }

        return await ConnectAsync(config, environment, connect, tls, login, metrics);
    }

    private static ZooKeeperConnectString Parse(string text)
    {
        try
        {
            return ZooKeeperConnectString.Parse(text);
        }
        catch (FormatException malformed)
        {
            throw new StartException($"Invalid value {text} for configuration zookeeper.connect: {malformed.Message}", malformed);
        }
    }

    private static async Task CreateChrootAsync(
        KafkaConfig config,
        KafkaServerEnvironment environment,
        ZooKeeperConnectString connect,
        Func<string, TransportHandler>? tls,
        SaslLogin? login)
    {
        var zooKeeper = await ConnectAsync(config, environment, connect with { Chroot = "" }, tls, login);
        var store = new MetadataStore(
            zooKeeper,
            environment.ZooKeeperLoop,
            environment.Random,
            config.InterBrokerProtocolVersion,
            config.ZooKeeperSetAcl,
            environment.Loggers);
        await store.Znodes.CreateRecursiveAsync(connect.Chroot, default);
        await zooKeeper.CloseAsync();
    }

    private static async Task<ZooKeeperClient> ConnectAsync(
        KafkaConfig config,
        KafkaServerEnvironment environment,
        ZooKeeperConnectString connect,
        Func<string, TransportHandler>? tls,
        SaslLogin? login,
        ZooKeeperClientMetrics? metrics = null)
    {
        var client = ZooKeeperClient.Start(
            new ZooKeeperClientOptions
            {
                Connect = connect,
                SessionTimeoutMs = config.ZooKeeperSessionTimeoutMs,
                TlsHandlerFor = tls,
                Sasl = login,
                Metrics = metrics,
                MaxInFlightRequests = config.ZooKeeperMaxInFlightRequests,
            },
            environment.Transport,
            environment.ZooKeeperLoop,
            environment.Random,
            environment.Loggers.CreateLogger<ZooKeeperClient>());
        using var timeout = new CancellationTokenSource(
            TimeSpan.FromMilliseconds(config.ZooKeeperConnectionTimeoutMs),
            environment.Time);
        try
        {
            await client.WaitUntilConnectedAsync(timeout.Token);
            return client;
        }
        catch (OperationCanceledException)
        {
            throw new StartException(
                "Timed out waiting for connection while in state: CONNECTING. No ZooKeeper took this broker in at "
                + $"{connect} within {config.ZooKeeperConnectionTimeoutMs} ms: is it running, "
                + (tls is null
                    ? "and is zookeeper.connect right?"
                    : "is that its secure port, and does each side trust the other's certificate?")
                + (client.LastFailure is { } failure ? $" The last attempt failed at {failure}" : ""));
        }
    }
}
