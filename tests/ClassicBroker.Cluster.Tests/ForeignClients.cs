using System.Text;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>
/// kcat, kafka-python and kafkajs, each of which sends, and kcat reads: they find each next leader of a topic's one partition by
/// themselves. One test owns them.
/// </summary>
public sealed class ForeignClients : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _bootstrapServers;
    private readonly string _topic;
    private readonly ChildProcess _python;
    private readonly ChildProcess _js;
    private readonly ChildProcess _reader;
    private int _said;

    private ForeignClients(ThreeBrokers cluster, string topic, ScratchDirectory scratch)
    {
        (_bootstrapServers, _topic) = (cluster.BootstrapServers, topic);
        _python = StartProducer("kafka-python", "/usr/bin/python3", Driver("py"), "kafka-python");
        _js = StartProducer("kafkajs", "node", Driver("js"));

        // A broker that was away counts as away until there is a connection to it again, and kcat ends where all count so: it connects to
        // those it has no use for, and soon.
        _reader = ChildProcess.Start(
            "kcat",
            [
                "-C", "-b", _bootstrapServers, "-t", topic, "-p", "0", "-u", "-q", "-o", "beginning", "-f", "%s\\n",
                "-X", "enable.sparse.connections=false", "-X", "reconnect.backoff.max.ms=500",
            ]);

        ChildProcess StartProducer(string name, string program, params string[] arguments) => ChildProcess.Start(
            program,
            [.. arguments, _bootstrapServers, topic, "1", name, scratch.File(name), "20"],
            new Dictionary<string, string> { ["NODE_PATH"] = RepositoryLayout.NodeModules });
    }

    /// <summary>Starts all of them; ends when each has been heard.</summary>
    public static async Task<ForeignClients> StartAsync(ThreeBrokers cluster, string topic, ScratchDirectory scratch)
    {
        var clients = new ForeignClients(cluster, topic, scratch);
        await clients._python.WaitForAsync("sending", Patience);
        await clients._js.WaitForAsync("sending", Patience);
        await clients.AssertAllHeardAsync("at the start");
        return clients;
    }

    /// <summary>Each client's next record comes to kcat, which reads at the new leader too.</summary>
    public async Task AssertAllHeardAsync(string what)
    {
        var word = $"kcat-{_said++}";
        var heard = _reader.WaitForAsync(word, Patience);
        var fromPython = _reader.WaitForNextAsync("kafka-python ", Patience);
        var fromJs = _reader.WaitForNextAsync("kafkajs ", Patience);
        (await ChildProcess.RunAsync(
            "kcat", ["-P", "-b", _bootstrapServers, "-t", _topic, "-p", "0", "-X", "acks=all"], Encoding.UTF8.GetBytes($"{word}\n"), Patience))
            .RequireSuccess();
        foreach (var client in new[] { _python, _js, _reader })
        {
            Assert.False(client.HasExited, $"{what}: a client has given itself up: {client.Output}");
        }

        await heard;
        await fromPython;
        await fromJs;
    }

    public async ValueTask DisposeAsync()
    {
        await _python.DisposeAsync();
        await _js.DisposeAsync();
        await _reader.DisposeAsync();
    }

    private static string Driver(string suffix) => Path.Combine(AppContext.BaseDirectory, "Clients", $"history_producer.{suffix}");
}
