using ClassicBroker.Cluster.Tests.Lab;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests.Faults;

/// <summary>A consumer of librdkafka that writes down what it is given, by lines of partition, offset, producer, number. One test owns it.</summary>
public sealed class HistoryReader : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly string Driver = Path.Combine(AppContext.BaseDirectory, "Clients", "history_reader.py");

    private readonly ChildProcess _process;
    private readonly string _file;

    private HistoryReader(ChildProcess process, string file) => (_process, _file) = (process, file);

    public IEnumerable<string> Seen => File.ReadLines(_file);

    /// <summary>Reads what comes, through any failure, until it is stopped.</summary>
    public static HistoryReader Follow(FaultyCluster cluster, string topic, int partitions, string file) =>
        Start("follow", cluster, topic, partitions, file);

    /// <summary>Reads all there is.</summary>
    public static async Task<IEnumerable<string>> ReadAllAsync(FaultyCluster cluster, string topic, int partitions, string file)
    {
        await using var reader = Start("all", cluster, topic, partitions, file);
        await reader.EndAsync();
        return reader.Seen;
    }

    public Task StopAsync()
    {
        Assert.False(_process.HasExited, $"The reader has given itself up: {_process.Output}");
        _process.Signal(ChildProcess.Sigterm);
        return EndAsync();
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private async Task EndAsync() => Assert.True(await _process.WaitForExitAsync(Patience) == 0, _process.Output);

    private static HistoryReader Start(string mode, FaultyCluster cluster, string topic, int partitions, string file)
    {
        string[] command =
            [.. cluster.Network.AmongClients, "/usr/bin/python3", Driver, mode, cluster.BootstrapServers, topic, $"{partitions}", file];
        return new(ChildProcess.Start(command[0], command.Skip(1)), file);
    }
}
