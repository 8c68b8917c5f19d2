using ClassicBroker.Server;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.TestHost;

/// <summary>One broker of a test's cluster, which may stop and start again on the port it had. Owned by <see cref="TestKafka"/>.</summary>
internal sealed class TestBroker(SortedDictionary<string, string> properties, ILoggerFactory loggers)
{
    public const string Host = "127.0.0.1";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private KafkaServer? _server;
    private BrokerThreads? _threads;

    public int Port { get; private set; }

    public async Task StartAsync()
    {
        if (_server is not null)
        {
            throw new InvalidOperationException("The broker runs.");
        }

        _threads = new BrokerThreads(loggers);
        _server = await KafkaServer.StartAsync(properties, _threads.Environment());
        if (Port == 0)
        {
            Port = _server.Ports.Values.First();
            properties["listeners"] = properties["listeners"].Replace(":0", $":{Port}", StringComparison.Ordinal);
        }
    }

    /// <summary>Ends when the broker knows of so many live ones: topics may have as many replicas then.</summary>
    /// <exception cref="TimeoutException">It does not get to know them.</exception>
    public async Task AwaitBrokersAsync(int count)
    {
        if (!await _server!.Metadata.WaitForAsync(image => image.Brokers.Length >= count, Patience, _threads!.Timers))
        {
            throw new TimeoutException($"The broker on port {Port} does not know of {count} brokers.");
        }
    }

    public async Task StopAsync()
    {
        if (_server is null)
        {
            throw new InvalidOperationException("The broker does not run.");
        }

        await EndAsync();
    }

    /// <summary>Stops it where it runs, and ends its threads.</summary>
    public async Task EndAsync()
    {
        var (server, threads) = (_server, _threads);
        (_server, _threads) = (null, null);
        if (server is not null)
        {
            await server.StopAsync();
        }

        if (threads is not null)
        {
            await threads.DisposeAsync();
        }
    }

    /// <summary>A broker is wrong about its own state: the test process says so and ends, as the broker's own would.</summary>
    public static void Fatal(ILoggerFactory loggers, Exception failure)
    {
        loggers.CreateLogger("kafka.Kafka$").LogCritical(failure, "Stopping the process: a broker met what must not happen");
        Environment.FailFast(failure.Message, failure);
    }
}
