using System.Text;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>
/// kcat, kafka-python and kafkajs through every way a leader can go: each finds the next one by itself, and what it sends from then on is
/// read.
/// </summary>
public sealed class ClientFailoverTests : IDisposable
{
    private const string Topic = "t";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly ScratchDirectory _scratch = new();
    private int _said;

    [Fact]
    public async Task Kcat_kafka_python_and_kafkajs_find_each_new_leader_by_themselves()
    {
        await using var cluster = await ThreeBrokers.StartAsync(_scratch);
        await cluster.CreateTopicAsync(Topic);
        await using var python = StartProducer(cluster, "kafka-python", "/usr/bin/python3", Driver("py"), "kafka-python");
        await using var js = StartProducer(cluster, "kafkajs", "node", Driver("js"));
        await using var reader = ChildProcess.Start(
            "kcat", ["-C", "-b", cluster.BootstrapServers, "-t", Topic, "-p", "0", "-u", "-q", "-o", "beginning", "-f", "%s\\n"]);
        await python.WaitForAsync("sending", Patience);
        await js.WaitForAsync("sending", Patience);
        await AssertAllHeardAsync("at the start");

        Func<ThreeBrokers, KafkaServerProcess, Task>[] ways = [KillAsync, StopAsync, StandStillAsync, ElectAwayAsync];
        foreach (var act in ways)
        {
            var leader = await cluster.LeaderAsync(Topic);
            await act(cluster, leader);
            await AssertAllHeardAsync(act.Method.Name);
            await cluster.WaitUntilInSyncAsync(Topic);
        }

        // Each client's next record comes to kcat, which reads at the new leader too.
        async Task AssertAllHeardAsync(string what)
        {
            var word = $"kcat-{_said++}";
            var heard = reader.WaitForAsync(word, Patience);
            var fromPython = reader.WaitForNextAsync("kafka-python ", Patience);
            var fromJs = reader.WaitForNextAsync("kafkajs ", Patience);
            (await ChildProcess.RunAsync(
                "kcat", ["-P", "-b", cluster.BootstrapServers, "-t", Topic, "-p", "0", "-X", "acks=all"], Encoding.UTF8.GetBytes($"{word}\n"), Patience))
                .RequireSuccess();
            foreach (var client in new[] { python, js, reader })
            {
                Assert.False(client.HasExited, $"{what}: a client has given itself up: {client.Output}");
            }

            await heard;
            await fromPython;
            await fromJs;
        }
    }

    private static async Task KillAsync(ThreeBrokers cluster, KafkaServerProcess leader)
    {
        await leader.KillAsync();
        await cluster.AnotherLeaderAsync(Topic, leader);
        await leader.StartAsync();
    }

    private static async Task StopAsync(ThreeBrokers cluster, KafkaServerProcess leader)
    {
        Assert.Equal(0, await leader.StopAsync());
        await cluster.AnotherLeaderAsync(Topic, leader);
        await leader.StartAsync();
    }

    /// <summary>For longer than its session.</summary>
    private static async Task StandStillAsync(ThreeBrokers cluster, KafkaServerProcess leader)
    {
        leader.Process.Signal(ChildProcess.Sigstop);
        await Task.Delay(TimeSpan.FromSeconds(6));
        leader.Process.Signal(ChildProcess.Sigcont);
        await cluster.AnotherLeaderAsync(Topic, leader);
    }

    private static Task ElectAwayAsync(ThreeBrokers cluster, KafkaServerProcess leader) =>
        cluster.MoveLeadershipAsync(Topic, cluster.Brokers.First(broker => broker != leader));

    private ChildProcess StartProducer(ThreeBrokers cluster, string name, string program, params string[] arguments) => ChildProcess.Start(
        program,
        [.. arguments, cluster.BootstrapServers, Topic, "1", name, _scratch.File(name), "20"],
        new Dictionary<string, string> { ["NODE_PATH"] = RepositoryLayout.NodeModules });

    private static string Driver(string suffix) => Path.Combine(AppContext.BaseDirectory, "Clients", $"history_producer.{suffix}");

    public void Dispose() => _scratch.Dispose();
}
