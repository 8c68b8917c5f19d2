using ClassicBroker.Client;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Rpc.Http;
using ClassicBroker.Transport;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.AdminConsole;

/// <summary>
/// The console's network thread, with the clients' connections and that to ZooKeeper. Made and disposed by the program. Threading:
/// any.
/// </summary>
public sealed class ConsoleNetwork : IAsyncDisposable
{
    private readonly EventLoopGroup _loops;
    private readonly EpollTransport _transport;
    private readonly SystemKerberos _kerberos;
    private readonly SystemRandomSource _random = new();
    private readonly ILoggerFactory _loggers;

    private ConsoleNetwork(ILoggerFactory loggers)
    {
        _loggers = loggers;
        _loops = new EventLoopGroup(1, "admin-console-network-", TimeProvider.System, EndProcess);
        _transport = new EpollTransport(_loops, new SystemAddressResolver(), loggers.CreateLogger<EpollTransport>());
        var properties = JavaOptions.SystemProperties(Environment.GetEnvironmentVariable(JavaOptions.Variable));
        _kerberos = new SystemKerberos(properties.GetValueOrDefault(SystemKerberos.ConfigFileProperty), EndProcess);
        Http = new HttpRequester(_transport, _loops.Loops[0]);
        Clients = new ClientNetwork(_transport, _loops.Loops[0], _random, new PosixFileSystem(), properties, _kerberos);
    }

    /// <summary>For clients of the cluster.</summary>
    public ClientNetwork Clients { get; }

    /// <summary>For an OpenID provider.</summary>
    public HttpRequester Http { get; }

    /// <summary>Starts the thread.</summary>
    public static ConsoleNetwork Open(ILoggerFactory loggers) => new(loggers);

    /// <summary>A session with ZooKeeper, which connects in the background.</summary>
    /// <exception cref="FormatException">The address is malformed.</exception>
    public IZooKeeper ConnectZooKeeper(string connect, int sessionTimeoutMs) => ZooKeeperClient.Start(
        new ZooKeeperClientOptions { Connect = ZooKeeperConnectString.Parse(connect), SessionTimeoutMs = sessionTimeoutMs },
        _transport,
        _loops.Loops[0],
        _random,
        _loggers.CreateLogger<ZooKeeperClient>());

    /// <summary>Ends the thread, after everything that lives on it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _loops.DisposeAsync();
        await _kerberos.DisposeAsync();
    }

    private static void EndProcess(Exception failure) => Environment.FailFast("The network thread of the admin console failed", failure);
}
