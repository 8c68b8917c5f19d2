using System.Text;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.ZooKeeper;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Tools.Tests.Configs;

/// <summary>kafka-configs.sh by way of ZooKeeper alone, against recordings of Kafka 2.2.2.</summary>
public sealed class ZooKeeperConfigTests
{
    private readonly ManualTime _time = new();
    private readonly InMemoryZooKeeper _zooKeeper;

    public ZooKeeperConfigTests()
    {
        _zooKeeper = new InMemoryZooKeeper(_time);
        foreach (var path in new[]
        {
            "/brokers", "/brokers/ids", "/brokers/topics", "/brokers/topics/first",
            "/config", "/config/topics", "/config/users", "/config/clients", "/config/brokers", "/config/changes",
        })
        {
            Create(path, "");
        }
    }

    private void Create(string path, string data)
    {
        var loop = _time.CreateLoop("setup");
        loop.Run(() => _zooKeeper.Connect(loop).CreateAsync(path, Encoding.UTF8.GetBytes(data), ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent));
    }

    private ToolRun Run(params string[] words) =>
        ToolRun.Against(_zooKeeper, _time, ["kafka-configs", "--zookeeper", "zk:2181", .. words]);

    [Fact]
    public void A_topic_is_altered_and_described_as_recorded()
    {
        Create("/config/topics/first", """{"version":1,"config":{"max.message.bytes":"2000000"}}""");
        Assert.Equal(
            ToolRun.RecordedOutput("37-kafka-configs.txt"),
            Run("--alter", "--entity-type", "topics", "--entity-name", "first", "--add-config", "retention.ms=100000,flush.messages=10").Output);
        var described = Run("--describe", "--entity-type", "topics", "--entity-name", "first").Output;

        // The recording's order is that of a hash table.
        Assert.Equal(Sorted(ToolRun.RecordedOutput("38-kafka-configs.txt")), Sorted(described));
    }

    [Fact]
    public void A_client_is_altered_and_described_as_recorded()
    {
        Assert.Equal(
            ToolRun.RecordedOutput("39-kafka-configs.txt"),
            Run(
                "--alter", "--entity-type", "clients", "--entity-name", "c1",
                "--add-config", "producer_byte_rate=1000000,consumer_byte_rate=2000000").Output);
        Assert.Equal(
            Sorted(ToolRun.RecordedOutput("41-kafka-configs.txt")), Sorted(Run("--describe", "--entity-type", "clients").Output));
    }

    [Fact]
    public void Clients_of_all_users_are_found_below_them()
    {
        Run(
            "--alter", "--entity-type", "users", "--entity-name", "a b", "--entity-type", "clients", "--entity-default",
            "--add-config", "producer_byte_rate=1");
        Assert.Equal(
            "Configs for user-principal 'a b', default client-id are producer_byte_rate=1\n",
            Run("--describe", "--entity-type", "users", "--entity-type", "clients").Output);
    }

    [Fact]
    public void A_running_broker_is_not_to_be_altered_behind_its_back()
    {
        Create("/brokers/ids/0", "");
        var run = Run("--alter", "--entity-type", "brokers", "--entity-name", "0", "--add-config", "log.cleaner.threads=2");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            "requirement failed: --bootstrap-server option must be specified to update brokers configs: {add: {log.cleaner.threads=2}, "
            + "delete: List()} - broker 0 is running. Broker configuration operations using ZooKeeper are only supported if the affected "
            + "broker(s) are not running.\n",
            run.Error);
        Assert.Equal(0, Run("--alter", "--entity-type", "brokers", "--entity-name", "1", "--add-config", "log.cleaner.threads=2").ExitCode);
    }

    [Fact]
    public void A_topic_that_does_not_exist_is_not_made()
    {
        var run = Run("--alter", "--entity-type", "topics", "--entity-name", "absent", "--add-config", "retention.ms=1");
        Assert.Equal((1, "Topic \"absent\" does not exist.\n"), (run.ExitCode, run.Error));
    }

    private static string Sorted(string line) => string.Join(",", line.Trim().Split(" are ")[1].Split(',').Order(StringComparer.Ordinal));
}
