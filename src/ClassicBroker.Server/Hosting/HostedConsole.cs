using ClassicBroker.AdminConsole;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Primitives;
using ClassicBroker.Server.Config;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// The admin console in the process of a broker, with a network thread of its own: a client like any other, which looks at znodes through
/// the broker's session. Made by the executable where <c>console.listeners</c> asks for it.
/// </summary>
public sealed class HostedConsole : IAsyncDisposable
{
    private readonly ConsoleNetwork _network;
    private readonly ConsoleServer _server;

    private HostedConsole(ConsoleNetwork network, ConsoleServer server) => (_network, _server) = (network, server);

    /// <summary>The console's part of a broker's configuration.</summary>
    /// <exception cref="ConfigException">A key of it is wrong.</exception>
    public static ConsoleConfig Read(KafkaConfig config)
    {
        try
        {
            var console = ConsoleConfig.From(config.Originals);
            if (console.Listeners.Count > 0)
            {
                BootstrapServers(config);
            }

            return console;
        }
        catch (ConsoleConfigException wrong)
        {
            throw new ConfigException(wrong.Key, wrong.Value, wrong.Reason);
        }
    }

    /// <summary>Null where nothing is asked for: then no port is opened, and no thread started.</summary>
    /// <exception cref="StartException">A port cannot be had, or the client properties cannot be used.</exception>
    public static async Task<HostedConsole?> OpenAsync(
        KafkaConfig config, MeterScope meters, Func<KafkaServer?> broker, ILoggerFactory loggers)
    {
        var console = Read(config);
        if (console.Listeners.Count == 0)
        {
            return null;
        }

        var network = ConsoleNetwork.Open(loggers);
        try
        {
            var client = config.Originals.GetValueOrDefault(ConsoleConfigKeys.CommandConfig) is { Length: > 0 } file
                ? ConsoleConfig.ReadFile(file)
                : [];
            client["bootstrap.servers"] = BootstrapServers(config);
            return new(network, await ConsoleServer.StartAsync(console, new ConsoleEnvironment
            {
                ClientProperties = client,
                Network = network.Clients,
                ZooKeeper = () => broker()?.ZooKeeper,
                IsServing = () => broker() is { State: BrokerState.Running },
                BrokerMetrics = meters,
                Loggers = loggers,
                Time = TimeProvider.System,
            }));
        }
        catch (Exception refused) when (
            refused is IOException or UnauthorizedAccessException or MalformedDataException or ClassicBroker.Client.KafkaConfigException)
        {
            await network.DisposeAsync();
            throw new StartException($"The admin console of {ConsoleConfigKeys.Listeners}: {refused.Message}", refused);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _network.DisposeAsync();
    }

    /// <exception cref="ConfigException">No key says how the console is to reach the brokers.</exception>
    private static string BootstrapServers(KafkaConfig config)
    {
        if (config.Originals.GetValueOrDefault(ConsoleConfigKeys.BootstrapServers) is { Length: > 0 } servers)
        {
            return servers;
        }

        foreach (var endpoint in config.Listeners.Bound)
        {
            if (endpoint.SecurityProtocol == SecurityProtocol.Plaintext && endpoint.Port > 0)
            {
                return $"{(endpoint.Host is "" or "0.0.0.0" or "::" ? "127.0.0.1" : endpoint.Host)}:{endpoint.Port}";
            }
        }

        throw new ConfigException(
            ConsoleConfigKeys.BootstrapServers, "",
            $"the broker has no plaintext listener for the console: set this, and {ConsoleConfigKeys.CommandConfig} with what it logs in with");
    }
}
