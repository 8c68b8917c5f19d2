using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests.Classic;

/// <summary>The samples of the 0.8 producer and the simple consumer, each in a process, against brokers, and kcat reads what they wrote.</summary>
public sealed class ClassicSamplesTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task What_the_producer_of_0_8_writes_all_read_and_the_simple_consumer_follows_the_leader()
    {
        using var scratch = new ScratchDirectory();
        await using var zooKeeper = await new ZooKeeperServerProcess(scratch.File("zookeeper")).StartAsync();
        var properties = new Dictionary<string, string> { ["zookeeper.session.timeout.ms"] = "3000" };
        await using var zero = await new KafkaServerProcess(scratch.File("0"), zooKeeper.ConnectString, 0, properties).StartAsync();
        await using var one = await new KafkaServerProcess(scratch.File("1"), zooKeeper.ConnectString, 1, properties).StartAsync();
        await Acquaintance.AwaitAsync([zero.BootstrapServers, one.BootstrapServers]);
        var both = $"{zero.BootstrapServers},{one.BootstrapServers}";
        await using var admin = new AdminClient(new AdminConfig { BootstrapServers = both });
        (await admin.CreateTopicsAsync([new NewTopic("t") { Assignments = [[0, 1]] }]))[0].ThrowIfFailed();

        Assert.Equal("sent 3", (await ProduceAsync(both, "sync", "k:a\nk:b\nk:c\n")).Text.Trim());
        Assert.Equal("sent 2", (await ProduceAsync(both, "async", "d\ne\n")).Text.Trim());
        var kcat = (await ChildProcess.RunAsync("kcat", ["-b", both, "-t", "t", "-C", "-e", "-q", "-f", "%k=%s "])).RequireSuccess();
        Assert.Equal("k=a k=b k=c =d =e", kcat.Text.Trim());

        await using var reader = ChildProcess.Start(RepositoryLayout.Program("SimpleRead"), [zero.BootstrapServers, "t", "0", "smallest", "7"]);
        await reader.WaitForAsync($"{zero.BootstrapServers} 4 e", Limit);
        await zero.KillAsync();
        await UntilLedByAsync(one);
        Assert.Equal("sent 2", (await ProduceAsync(one.BootstrapServers, "sync", "f\ng\n")).Text.Trim());
        Assert.Equal(0, await reader.WaitForExitAsync(Limit));
        Assert.Equal(
            ["0 a", "1 b", "2 c", "3 d", "4 e", "5 f", "6 g"],
            reader.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]));
        Assert.Contains($"{one.BootstrapServers} 6 g", reader.Output, StringComparison.Ordinal);
    }

    private static async Task<CommandOutcome> ProduceAsync(string brokers, string type, string lines) =>
        (await ChildProcess.RunAsync(
            RepositoryLayout.Program("ClassicProduce"), [brokers, "t", type], System.Text.Encoding.UTF8.GetBytes(lines))).RequireSuccess();

    private static async Task UntilLedByAsync(KafkaServerProcess broker)
    {
        var until = DateTime.UtcNow + Limit;
        while (true)
        {
            await using var admin = new AdminClient(new AdminConfig { BootstrapServers = broker.BootstrapServers });
            if ((await admin.DescribeTopicsAsync(["t"]))[0].Partitions[0] is { Leader: 1, Isr: [1] })
            {
                return;
            }

            Assert.True(DateTime.UtcNow < until, $"Broker {broker.BrokerId} does not lead {new TopicPartition("t", 0)}.");
            await Task.Delay(TimeSpan.FromMilliseconds(300));
        }
    }
}
