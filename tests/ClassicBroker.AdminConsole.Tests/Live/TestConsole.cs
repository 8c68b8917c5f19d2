using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.AdminConsole.Tests.Live;

/// <summary>The console before a <see cref="LiveCluster"/>, and a browser's part of its requests. One test class owns it.</summary>
public sealed class TestConsole : IAsyncDisposable
{
    private readonly ConsoleServer _server;
    private readonly IZooKeeper? _zooKeeper;
    private readonly BrokerReadings _readings;

    private TestConsole(ConsoleServer server, IZooKeeper? zooKeeper, BrokerReadings readings, LogLines log)
    {
        (_server, _zooKeeper, _readings, Log) = (server, zooKeeper, readings, log);
        Address = server.Addresses[0];
    }

    public string Address { get; }

    public LogLines Log { get; }

    public static async Task<TestConsole> StartAsync(
        LiveCluster cluster, bool withZooKeeper = true, string? bootstrapServers = null, params (string Key, string Value)[] properties)
    {
        var log = new LogLines();
        var zooKeeper = withZooKeeper ? cluster.Network.ConnectZooKeeper(cluster.ZooKeeperConnect, 30_000) : null;
        var config = new Dictionary<string, string>
        {
            [ConsoleConfigKeys.Listeners] = "http://127.0.0.1:0",
            [ConsoleConfigKeys.SignIn] = "sasl",
            [ConsoleConfigKeys.SignInBootstrapServers] = cluster.SaslServers,
            [ConsoleConfigKeys.Admins] = LiveCluster.Admin,
            [ConsoleConfigKeys.Operators] = LiveCluster.Operator,
            [ConsoleConfigKeys.Readers] = LiveCluster.Reader,
        };
        foreach (var (key, value) in properties)
        {
            config[key] = value;
        }

        var readings = new BrokerReadings(cluster.Brokers[0].Meters, TimeProvider.System);
        var server = await ConsoleServer.StartAsync(ConsoleConfig.From(config), new ConsoleEnvironment
        {
            ClientProperties = new Dictionary<string, string> { ["bootstrap.servers"] = bootstrapServers ?? cluster.BootstrapServers },
            Network = cluster.Network.Clients,
            Http = cluster.Network.Http,
            ReadZnode = zooKeeper is null ? null : path => ZnodeReading.ReadAsync(zooKeeper, path),
            AskBroker = () => Task.FromResult(new BrokerReport(IsServing: true, readings.Read())),
            Loggers = log,
            Time = TimeProvider.System,
        });
        return new(server, zooKeeper, readings, log);
    }

    /// <summary>A browser that has not signed in.</summary>
    public ConsoleBrowser NewBrowser() => new(Address);

    /// <summary>A browser whose user has signed in.</summary>
    public async Task<ConsoleBrowser> SignInAsync(string user)
    {
        var browser = NewBrowser();
        await browser.SignInAsync(user, LiveCluster.Password);
        return browser;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _readings.Dispose();
        if (_zooKeeper is not null)
        {
            await _zooKeeper.CloseAsync();
        }
    }
}
