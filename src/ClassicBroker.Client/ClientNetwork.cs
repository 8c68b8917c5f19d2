using ClassicBroker.Client.Cluster;
using ClassicBroker.Platform;
using ClassicBroker.Rpc.Http;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Transport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Client;

/// <summary>
/// The network thread of clients and the connections it makes. Clients that are not given one make their own; sharing one lets many
/// clients live on a single thread. Safe from any thread; disposed after the clients that share it.
/// </summary>
public sealed class ClientNetwork : IAsyncDisposable
{
    private const string ThreadName = "kafka-client-network-thread-";

    private const string ManagedSocketsSwitch = "ClassicBroker.Client.ManagedSockets";
    private const string ManagedSocketsVariable = "CLASSICBROKER_MANAGED_SOCKETS";

    private readonly IAsyncDisposable? _ownedLoops;
    private readonly SystemKerberos? _ownedKerberos;

    /// <summary>A network over a transport that somebody else owns.</summary>
    /// <param name="transport">Makes the connections.</param>
    /// <param name="loop">One of the transport's loops; all clients live on it.</param>
    /// <param name="random">Spreads load and pauses.</param>
    /// <param name="files">Where key stores and the JAAS file lie.</param>
    /// <param name="systemProperties">Java's system properties that mean something here, such as the place of a JAAS file.</param>
    /// <param name="kerberos">The system's Kerberos, for GSSAPI; null where there is none.</param>
    public ClientNetwork(
        ITransport transport,
        IEventLoop loop,
        IRandomSource random,
        IFileSystem files,
        IReadOnlyDictionary<string, string>? systemProperties = null,
        IKerberos? kerberos = null)
        : this(
            new RpcConnector(
                transport, loop, files, new SaslLogins(
                    new LoginSurroundings(random, loop.Time, files, new HttpRequester(transport, loop)) { Kerberos = kerberos },
                    systemProperties ?? new SortedDictionary<string, string>())),
            loop,
            random) => Transport = transport;

    internal ClientNetwork(IBrokerConnector connector, IEventLoop loop, IRandomSource random)
    {
        Connector = connector;
        Loop = loop;
        Random = random;
    }

    private ClientNetwork(IAsyncDisposable loops, IEventLoop loop, ITransport transport, SystemKerberos kerberos)
        : this(
            transport,
            loop,
            new SystemRandomSource(),
            OperatingSystem.IsLinux() ? new PosixFileSystem() : new ReadOnlyFileSystem(),
            kerberos: kerberos) =>
        (_ownedLoops, _ownedKerberos) = (loops, kerberos);

    /// <summary>
    /// Connections go over .NET's own sockets in place of epoll: on every system but Linux, and there where the switch
    /// <c>ClassicBroker.Client.ManagedSockets</c> of the application's context is on, or the environment has
    /// <c>CLASSICBROKER_MANAGED_SOCKETS=1</c>.
    /// </summary>
    public static bool UsesManagedSockets =>
        !OperatingSystem.IsLinux()
        || (AppContext.TryGetSwitch(ManagedSocketsSwitch, out var isOn) && isOn)
        || Environment.GetEnvironmentVariable(ManagedSocketsVariable) == "1";

    internal IEventLoop Loop { get; }

    /// <summary>Makes connections to others than brokers, on the loop.</summary>
    /// <exception cref="InvalidOperationException">The connector does not say what it connects by.</exception>
    internal ITransport Transport
    {
        get => field ?? throw new InvalidOperationException("This network has no transport of its own");
        private init;
    }

    internal IBrokerConnector Connector { get; }

    internal IRandomSource Random { get; }

    /// <summary>A network on a thread of its own.</summary>
    /// <param name="loggers">Where the transport logs; null for nowhere.</param>
    /// <param name="fatal">Told of a failure that the network thread does not survive; null ends the process.</param>
    public static ClientNetwork Open(ILoggerFactory? loggers = null, Action<Exception>? fatal = null)
    {
        loggers ??= NullLoggerFactory.Instance;
        var kerberos = new SystemKerberos(configFile: null, fatal ?? EndProcess);
        var resolver = new SystemAddressResolver();
        if (UsesManagedSockets)
        {
            var loop = new SocketEventLoop($"{ThreadName}0", TimeProvider.System, fatal ?? EndProcess);
            return new ClientNetwork(loop, loop, new SocketTransport(loop, resolver, loggers.CreateLogger<SocketTransport>()), kerberos);
        }

        var loops = new EventLoopGroup(1, ThreadName, TimeProvider.System, fatal ?? EndProcess);
        var transport = new EpollTransport(loops, resolver, loggers.CreateLogger<EpollTransport>());
        return new ClientNetwork(loops, loops.Loops[0], transport, kerberos);
    }

    /// <summary>
    /// The network given, or a new one where none is, and what a client makes on it. A new one ends again where the client cannot be made.
    /// </summary>
    internal static (ClientNetwork Network, ClusterClient Cluster) Join(
        ClientNetwork? shared, ILoggerFactory? loggers, Func<ClientNetwork, ClusterClient> make)
    {
        var network = shared ?? Open(loggers);
        try
        {
            return (network, make(network));
        }
        catch (KafkaConfigException) when (shared is null)
        {
            network.End();
            throw;
        }
    }

    /// <summary>Ends the thread and closes what is still open, where this network made them.</summary>
    public async ValueTask DisposeAsync()
    {
        await (_ownedLoops?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_ownedKerberos?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    /// <summary>As <see cref="DisposeAsync"/>, without waiting for the thread to end.</summary>
    private void End() => new BackgroundWork("client-network-end", Loop).Watch(DisposeAsync().AsTask());

    private static void EndProcess(Exception failure) => Environment.FailFast("The network thread of Kafka clients failed", failure);
}
