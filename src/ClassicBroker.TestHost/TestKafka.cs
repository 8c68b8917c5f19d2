using ClassicBroker.Platform;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.TestHost;

/// <summary>
/// A Kafka cluster inside a test's process: brokers and their ZooKeeper on ports of their own, with files in a directory of their own, all
/// of which goes when it is disposed of. It is the broker itself, over sockets, not an imitation. Threading: started, changed and disposed
/// of by one caller at a time; clients come from anywhere.
/// </summary>
/// <example><code>
/// await using var kafka = await TestKafka.StartAsync();
/// await using var producer = new KafkaProducer&lt;string, string&gt;(
///     ProducerConfig.ForReliability(kafka.BootstrapServers), Serdes.String, Serdes.String);
/// </code></example>
public sealed class TestKafka : IAsyncDisposable
{
    private readonly string _directory;
    private readonly TestZooKeeper _zooKeeper;
    private readonly TestBroker[] _brokers;

    private TestKafka(string directory, TestZooKeeper zooKeeper, TestBroker[] brokers) =>
        (_directory, _zooKeeper, _brokers) = (directory, zooKeeper, brokers);

    /// <summary>Where clients begin: <c>host:port</c> of every broker, joined by commas.</summary>
    public string BootstrapServers => string.Join(',', _brokers.Select(broker => $"{TestBroker.Host}:{broker.Port}"));

    /// <summary>Where the ZooKeeper is, for the clients of Kafka 0.8 and tools that ask it: <c>host:port</c>.</summary>
    public string ZooKeeperConnect => _zooKeeper.Connect;

    /// <summary>Where its files are.</summary>
    internal string Folder => _directory;

    /// <summary>The brokers' ids, 0 and on.</summary>
    public IReadOnlyList<int> BrokerIds => [.. Enumerable.Range(0, _brokers.Length)];

    /// <summary>Starts a cluster; when the task ends, every broker serves and knows of the others.</summary>
    /// <param name="brokers">How many brokers; with three or more, internal topics have three replicas.</param>
    /// <param name="properties">Keys of <c>server.properties</c>, over those a test wants: short waits, few threads.</param>
    /// <param name="loggers">Where the brokers log; null for nowhere.</param>
    /// <exception cref="PlatformNotSupportedException">The system is not Linux, whose sockets and files a broker is made for.</exception>
    public static async Task<TestKafka> StartAsync(
        int brokers = 1, IReadOnlyDictionary<string, string>? properties = null, ILoggerFactory? loggers = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(brokers, 1);
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("Brokers run on Linux; a container with Linux runs tests on other systems.");
        }

        loggers ??= NullLoggerFactory.Instance;
        var directory = Directory.CreateTempSubdirectory("classicbroker-test-").FullName;
        TestZooKeeper? zooKeeper = null;
        TestBroker[] made = [];
        try
        {
            zooKeeper = await TestZooKeeper.StartAsync(Path.Join(directory, "zookeeper"), loggers);
            made = [.. Enumerable.Range(0, brokers).Select(id => new TestBroker(
                BrokerProperties.Of(new(id), brokers, zooKeeper.Connect, Path.Join(directory, $"broker-{id}"), properties), loggers))];
            await made.Select(broker => broker.StartAsync()).AwaitAllAsync();
            await made.Select(broker => broker.AwaitBrokersAsync(brokers)).AwaitAllAsync();
            return new TestKafka(directory, zooKeeper, made);
        }
        catch
        {
            await ReleaseAsync(directory, zooKeeper, made);
            throw;
        }
    }

    /// <summary>Stops a broker in order: its leaderships move to others first. Its files stay for <see cref="StartBrokerAsync"/>.</summary>
    /// <param name="broker">Its id.</param>
    public Task StopBrokerAsync(int broker) => _brokers[broker].StopAsync();

    /// <summary>Starts a broker again that was stopped, on the port it had.</summary>
    /// <param name="broker">Its id.</param>
    public Task StartBrokerAsync(int broker) => _brokers[broker].StartAsync();

    /// <summary>Stops everything, ends its threads and removes its files.</summary>
    public async ValueTask DisposeAsync() => await ReleaseAsync(_directory, _zooKeeper, _brokers);

    private static async Task ReleaseAsync(string directory, TestZooKeeper? zooKeeper, TestBroker[] brokers)
    {
        await brokers.Select(broker => broker.EndAsync()).AwaitAllAsync();
        if (zooKeeper is not null)
        {
            await zooKeeper.StopAsync();
        }

        Directory.Delete(directory, recursive: true);
    }
}
