using System.Net;
using System.Net.Sockets;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Conformance.Tests.Start;

/// <summary>
/// Starts the broker as the recorded Kafka was started: in a directory of its own, against a ZooKeeper that runs, with what the recording
/// asks for lying about. Owned by one test.
/// </summary>
internal sealed class StartedBroker(string directory, string zooKeeper)
{
    private const string OtherCluster = "AAAAAAAAAAAAAAAAAAAAAA";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly int _port = LoopbackPorts.Next();

    private string Data => Path.Combine(directory, "data");

    private string PropertiesFile => Path.Combine(directory, "server.properties");

    /// <summary>What came of it, in the words of the recording, and all that was printed.</summary>
    public async Task<(string Outcome, string Output)> RunAsync(RecordedStart recorded)
    {
        Directory.CreateDirectory(directory);
        using var taken = Taken(recorded);
        await using var neighbour = await NeighbourAsync(recorded);
        LayOut(recorded.Name);
        WriteFile(recorded, taken);
        await using var broker = Launch(recorded.Arguments is null ? [] : [PropertiesFile, .. recorded.Arguments]);
        return await OutcomeAsync(broker);
    }

    private static async Task<(string Outcome, string Output)> OutcomeAsync(ChildProcess broker)
    {
        try
        {
            await broker.WaitForAsync("] started (", Patience);
        }
        catch (InvalidOperationException)
        {
            var code = await broker.WaitForExitAsync(Patience);
            return ($"exit {code}", broker.Output);
        }

        broker.Signal(ChildProcess.Sigterm);
        return (await broker.WaitForExitAsync(Patience) == 0 ? "starts" : $"starts, exit {broker.ExitCode}", broker.Output);
    }

    private ChildProcess Launch(IReadOnlyList<string> arguments) =>
        ChildProcess.Start(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "kafka-server.dll"), .. arguments],
            new Dictionary<string, string> { ["LOG_DIR"] = Path.Combine(directory, "logs") });

    private Dictionary<string, string> Properties() => new()
    {
        ["broker.id"] = "0",
        ["listeners"] = $"PLAINTEXT://127.0.0.1:{_port}",
        ["log.dirs"] = Data,
        ["zookeeper.connect"] = zooKeeper,
    };

    private void WriteFile(RecordedStart recorded, TcpListener? taken)
    {
        if (recorded.HasNoFile)
        {
            return;
        }

        var properties = Properties();
        foreach (var (key, value) in recorded.Config.Where(entry => recorded.Name != "log-dir-locked" || entry.Key != "log.dirs"))
        {
            properties[key] = value;
        }

        if (recorded.Name == "other-broker-same-port-advertised")
        {
            properties["listeners"] = $"PLAINTEXT://127.0.0.1:{LoopbackPorts.Next()}";
            properties["advertised.listeners"] = $"PLAINTEXT://127.0.0.1:{_port}";
        }

        if (recorded.Name == "same-broker-id")
        {
            properties["listeners"] = $"PLAINTEXT://127.0.0.1:{LoopbackPorts.Next()}";
        }

        if (taken is not null)
        {
            properties["listeners"] = $"PLAINTEXT://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";
        }

        File.WriteAllText(
            PropertiesFile,
            recorded.FileText
            ?? string.Join('\n', properties.Where(entry => !recorded.Without.Contains(entry.Key)).Select(entry => $"{entry.Key}={entry.Value}")));
    }

    private static TcpListener? Taken(RecordedStart recorded)
    {
        if (recorded.Name != "port-taken")
        {
            return null;
        }

        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }

    /// <summary>The broker that is there already; null where the recording has none.</summary>
    private async Task<ChildProcess?> NeighbourAsync(RecordedStart recorded)
    {
        if (recorded.Name is not ("same-broker-id" or "other-broker-same-port-advertised"))
        {
            return null;
        }

        var properties = Properties();
        properties["log.dirs"] = Path.Combine(directory, "neighbour");
        await File.WriteAllLinesAsync(PropertiesFile, properties.Select(entry => $"{entry.Key}={entry.Value}"));
        var neighbour = Launch([PropertiesFile]);
        await neighbour.WaitForAsync("] started (", Patience);
        return neighbour;
    }

    /// <summary>What the recording's name says of its data directory.</summary>
    private void LayOut(string name)
    {
        var meta = name switch
        {
            "meta-empty" => "",
            "meta-garbage" => "\u0001garbage\u0002",
            "meta-other-broker-id" => "version=0\nbroker.id=7\n",
            "meta-other-cluster-id" or "log-dir-locked" => $"version=0\nbroker.id=0\ncluster.id={OtherCluster}\n",
            "meta-version-1" => $"version=1\nnode.id=0\ncluster.id={OtherCluster}\n",
            "meta-version-99" => "version=99\nbroker.id=0\n",
            _ => null,
        };
        if (meta is not null)
        {
            Directory.CreateDirectory(Data);
            File.WriteAllText(Path.Combine(Data, "meta.properties"), meta);
        }

        if (name == "stray-folders")
        {
            Directory.CreateDirectory(Path.Combine(Data, "not a partition"));
        }

        if (name == "log-dir-is-a-file")
        {
            File.WriteAllText(Data, "");
        }
    }
}
