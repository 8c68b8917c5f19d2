using ClassicBroker.Cluster.Tests.Lab;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests.Faults;

/// <summary>A client we did not write, sending numbered records through any failure with every acknowledgement on file. One test owns it.</summary>
public sealed class HistoryProducer : IAsyncDisposable
{
    private const int PerSecond = 200;

    /// <summary>Each has a kcat of its own.</summary>
    private const int PartitionsOfKcat = 2;

    private readonly ChildProcess _process;
    private readonly AckedFile _acked;

    private HistoryProducer(string name, bool isIdempotent, ChildProcess process, string file) =>
        (Name, IsIdempotent, _process, _acked) = (name, isIdempotent, process, new(file, process));

    public string Name { get; }

    public bool IsIdempotent { get; }

    /// <summary>Everything that was acknowledged, by lines of partition, offset, number.</summary>
    public IEnumerable<string> Acknowledged => _acked.Lines;

    /// <summary>What it printed.</summary>
    public string Output => _process.Output;

    /// <summary>librdkafka with idempotence and without; kafka-python; kafkajs and kcat with idempotence.</summary>
    public static IReadOnlyList<HistoryProducer> StartAll(FaultyCluster cluster, string topic, int partitions, ScratchDirectory scratch) =>
    [
        Start(cluster, "librdkafka-idempotent", true, ["/usr/bin/python3", Driver("py"), "confluent-idempotent"], topic, partitions, scratch),
        Start(cluster, "librdkafka", false, ["/usr/bin/python3", Driver("py"), "confluent"], topic, partitions, scratch),
        Start(cluster, "kafka-python", false, ["/usr/bin/python3", Driver("py"), "kafka-python"], topic, partitions, scratch),
        Start(cluster, "kafkajs", true, ["node", Driver("js")], topic, partitions, scratch),
        Start(cluster, "kcat", true, ["/usr/bin/python3", Driver("py"), "kcat"], topic, PartitionsOfKcat, scratch),
    ];

    /// <summary>Acknowledgements so far.</summary>
    public int Count() => _acked.Count();

    public Task WaitUntilSendingAsync(TimeSpan limit) => _process.WaitForAsync("sending", limit);

    /// <summary>Ends when more has been acknowledged than <paramref name="before"/>; fails where the client has given itself up.</summary>
    public Task WaitForMoreThanAsync(int before, TimeSpan limit) => _acked.WaitForAsync(before + 1, limit);

    /// <summary>Lets what is in flight come back, and ends it.</summary>
    public async Task StopAsync()
    {
        _process.Signal(ChildProcess.Sigterm);
        var code = await _process.WaitForExitAsync(TimeSpan.FromSeconds(150));
        Assert.True(code == 0, $"{Name} ended with {code}: {Output}");
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static HistoryProducer Start(
        FaultyCluster cluster, string name, bool isIdempotent, string[] command, string topic, int partitions, ScratchDirectory scratch)
    {
        var file = scratch.File($"acked-{name}");
        string[] whole = [.. cluster.Network.AmongClients, .. command, cluster.BootstrapServers, topic, $"{partitions}", name, file, $"{PerSecond}"];
        var process = ChildProcess.Start(
            whole[0], whole.Skip(1), new Dictionary<string, string> { ["NODE_PATH"] = RepositoryLayout.NodeModules });
        return new(name, isIdempotent, process, file);
    }

    private static string Driver(string suffix) => Path.Combine(AppContext.BaseDirectory, "Clients", $"history_producer.{suffix}");
}
