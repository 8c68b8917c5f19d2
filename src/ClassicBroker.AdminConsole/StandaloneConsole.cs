using System.Runtime.InteropServices;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.AdminConsole;

/// <summary>The console as a process of its own, before any Kafka: reads its arguments, serves until a signal comes. Used once.</summary>
internal static class StandaloneConsole
{
    private const int SessionTimeoutMs = 30_000;
    private const string UsualListener = "http://127.0.0.1:8080";

    private const string Usage =
        """
        USAGE: kafka-admin-console.sh --bootstrap-server HOST:PORT,... [options]
          --bootstrap-server   brokers of the cluster to look at
          --command-config     a file of client properties, with which the console connects
          --zookeeper          HOST:PORT,.../chroot of the cluster's ZooKeeper, to look at znodes
          --listen             where to serve, http://127.0.0.1:8080 unless given; several by commas
          --config             a file of console.* keys: sign-in, roles (docs/console.md)
        """;

    /// <summary>The exit code: 0 after a signal, 1 where the arguments are wrong or an address cannot be had.</summary>
    public static async Task<int> RunAsync(string[] args, ILoggerFactory loggers)
    {
        var log = loggers.CreateLogger(typeof(StandaloneConsole));
        if (args.Length == 0 || args.Contains("--help"))
        {
            await Console.Error.WriteLineAsync(Usage);
            return 1;
        }

        try
        {
            var options = Parse(args);
            var config = ConsoleConfig.From(ConsoleProperties(options));
            var client = options.TryGetValue("--command-config", out var file) ? ConsoleConfig.ReadFile(file) : [];
            client["bootstrap.servers"] = options.GetValueOrDefault("--bootstrap-server")
                ?? throw new ArgumentException("--bootstrap-server is missing.");
            await ServeAsync(config, client, options.GetValueOrDefault("--zookeeper"), loggers);
            return 0;
        }
        catch (Exception wrong) when (wrong is ArgumentException or ConsoleConfigException or KafkaConfigException or MalformedDataException
            or FormatException or IOException or UnauthorizedAccessException)
        {
            log.LogCritical("{Reason}", wrong.Message);
            return 1;
        }
    }

    private static async Task ServeAsync(ConsoleConfig config, Dictionary<string, string> client, string? zooKeeperConnect,
        ILoggerFactory loggers)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void OnSignal(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.TrySetResult();
        }

        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        await using var network = ConsoleNetwork.Open(loggers);
        var zooKeeper = zooKeeperConnect is null ? null : network.ConnectZooKeeper(zooKeeperConnect, SessionTimeoutMs);
        await using (await ConsoleServer.StartAsync(config, new ConsoleEnvironment
        {
            ClientProperties = client,
            Network = network.Clients,
            Http = network.Http,
            ReadZnode = zooKeeper is null ? null : path => ZnodeReading.ReadAsync(zooKeeper, path),
            Loggers = loggers,
            Time = TimeProvider.System,
        }))
        {
            await stop.Task;
        }

        if (zooKeeper is not null)
        {
            await zooKeeper.CloseAsync();
        }
    }

    private static Dictionary<string, string> ConsoleProperties(Dictionary<string, string> options)
    {
        var properties = options.TryGetValue("--config", out var file) ? ConsoleConfig.ReadFile(file) : [];
        if (options.TryGetValue("--listen", out var listen))
        {
            properties[ConsoleConfigKeys.Listeners] = listen;
        }

        if (properties.GetValueOrDefault(ConsoleConfigKeys.Listeners, "").Length == 0)
        {
            properties[ConsoleConfigKeys.Listeners] = UsualListener;
        }

        return properties;
    }

    private static Dictionary<string, string> Parse(string[] args)
    {
        string[] known = ["--bootstrap-server", "--command-config", "--zookeeper", "--listen", "--config"];
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < args.Length; i++)
        {
            var equals = args[i].IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? args[i] : args[i][..equals];
            if (!known.Contains(name))
            {
                throw new ArgumentException($"{name} is not an option. See --help.");
            }

            options[name] = equals >= 0 ? args[i][(equals + 1)..]
                : i + 1 < args.Length ? args[++i]
                : throw new ArgumentException($"{name} needs a value.");
        }

        return options;
    }
}
