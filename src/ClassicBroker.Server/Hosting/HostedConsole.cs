using System.Text.Json;
using ClassicBroker.Operations.Consoles;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Primitives;
using ClassicBroker.Server.Config;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// The admin console beside a broker, in a process of its own: a client like any other, which asks this one for charted metrics and for
/// znodes, read through the broker's session. Made by the executable where <c>console.listeners</c> asks for it.
/// </summary>
public sealed class HostedConsole : IConsoleBroker, IAsyncDisposable
{
    private const string KeyPrefix = "console.";

    private static readonly TimeSpan ZooKeeperPatience = TimeSpan.FromSeconds(5);

    private readonly BrokerReadings _readings;
    private readonly Func<KafkaServer?> _broker;
    private readonly TimeProvider _time;
    private ConsoleProcess? _process;

    private HostedConsole(MeterScope meters, Func<KafkaServer?> broker, TimeProvider time)
    {
        (_readings, _broker, _time) = (new(meters, time), broker, time);
    }

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

    /// <summary>Null where nothing is asked for: then no process is started.</summary>
    /// <exception cref="StartException">It cannot serve: a port cannot be had, or the client properties cannot be used.</exception>
    public static async Task<HostedConsole?> OpenAsync(
        KafkaConfig config, MeterScope meters, Func<KafkaServer?> broker, ILoggerFactory loggers, TimeProvider time)
    {
        if (Read(config).Listeners.Count == 0)
        {
            return null;
        }

        var console = new HostedConsole(meters, broker, time);
        try
        {
            console._process = await ConsoleProcess.StartAsync(Order(config), console, loggers, time);
            return console;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or MalformedDataException)
        {
            console._readings.Dispose();
            throw new StartException($"The admin console of {ConsoleConfigKeys.Listeners}: {refused.Message}", refused);
        }
    }

    /// <inheritdoc/>
    public BrokerReport Report() => new(_broker() is { State: BrokerState.Running }, _readings.Read());

    /// <inheritdoc/>
    public async Task<Action<Utf8JsonWriter>> ReadZnodeAsync(string path)
    {
        if (_broker()?.ZooKeeper is not { } zooKeeper)
        {
            return Failure(null, "The broker has no session with ZooKeeper yet.");
        }

        try
        {
            return (await ZnodeReading.ReadAsync(zooKeeper, path).WaitAsync(ZooKeeperPatience, _time)).WriteTo;
        }
        catch (ZooKeeperException refused)
        {
            return Failure(refused.Code, refused.Message);
        }
        catch (TimeoutException)
        {
            return Failure(null, "ZooKeeper does not answer the broker.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process!.DisposeAsync();
        _readings.Dispose();
    }

    private static Action<Utf8JsonWriter> Failure(ZooKeeperError? code, string message) => json =>
    {
        json.WriteStartObject();
        json.WriteString("failure", message);
        if (code is { } known)
        {
            json.WriteNumber("code", (int)known);
        }

        json.WriteEndObject();
    };

    private static ConsoleOrder Order(KafkaConfig config)
    {
        var client = config.Originals.GetValueOrDefault(ConsoleConfigKeys.CommandConfig) is { Length: > 0 } file
            ? ConsoleConfig.ReadFile(file)
            : [];
        client["bootstrap.servers"] = BootstrapServers(config);
        return new(
            config.Originals.Where(property => property.Key.StartsWith(KeyPrefix, StringComparison.Ordinal))
                .ToDictionary(property => property.Key, property => property.Value, StringComparer.Ordinal),
            client);
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
