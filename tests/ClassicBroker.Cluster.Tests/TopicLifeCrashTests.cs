using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Cluster.Tests;

/// <summary>kill -9 amid the creation and amid the deletion of many topics: the broker starts on what is left and finishes the work.</summary>
public sealed class TopicLifeCrashTests : IDisposable
{
    private const int Topics = 60;
    private const int PartitionsOfEach = 2;

    private static readonly string Driver = Path.Combine(AppContext.BaseDirectory, "Clients", "topic_life.py");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ScratchDirectory _scratch = new();

    [Theory]
    [InlineData(SecurityProfile.Open)]
    [InlineData(SecurityProfile.Secured)]
    public async Task Topics_half_made_or_half_deleted_stop_no_start_and_end_whole_or_gone(SecurityProfile profile)
    {
        using var security = ClusterSecurity.Of(profile, _scratch);
        await using var zooKeeper = await SingleZooKeeper.StartAsync(security, _scratch.File("zookeeper"));
        await using var broker = security.Secure(new KafkaServerProcess(
            _scratch.File("broker"), zooKeeper.ConnectString,
            properties: new Dictionary<string, string> { ["zookeeper.session.timeout.ms"] = "1000" }));
        await broker.StartAsync();

        await KillAmidAsync(security, broker, "create", "Created log for partition life-2");
        Assert.InRange(PartitionDirectories(broker).Count(), 1, Topics * PartitionsOfEach);
        (await RunAsync(security, "create", broker)).RequireSuccess();
        Assert.Equal($"{Topics * PartitionsOfEach}\n", (await RunAsync(security, "fill", broker)).RequireSuccess().Text);
        Assert.Equal(Topics * PartitionsOfEach, PartitionDirectories(broker).Count());

        await KillAmidAsync(security, broker, "delete", "is scheduled for deletion");
        (await RunAsync(security, "delete", broker)).RequireSuccess();
        await WaitUntilGoneAsync(broker);
        string[] list = ["--bootstrap-server", broker.BootstrapServers, .. security.Client.Arguments(), "--list"];
        Assert.Equal("\n", (await Tool.RunAsync("kafka-topics.sh", list)).Text);
        Assert.Equal(0, await broker.StopAsync());
    }

    /// <summary>Has a client ask for the work, kills the broker once it says <paramref name="line"/>, and starts it again.</summary>
    private static async Task KillAmidAsync(ClusterSecurity security, KafkaServerProcess broker, string work, string line)
    {
        await using (ChildProcess.Start("/usr/bin/python3", [Driver, work, broker.BootstrapServers, $"{Topics}"], security.Client.Environment))
        {
            await broker.Process.WaitForAsync(line, Patience);
            await broker.KillAsync();
        }

        await broker.StartAsync();
    }

    /// <summary>What was marked before the kill is gone from all metadata and is deleted by the controller itself.</summary>
    private static async Task WaitUntilGoneAsync(KafkaServerProcess broker)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(broker.DataDirectory);
        watcher.Renamed += (_, _) => Look();
        watcher.EnableRaisingEvents = true;
        Look();
        await gone.Task.WaitAsync(Patience);

        void Look()
        {
            if (!PartitionDirectories(broker).Any())
            {
                gone.TrySetResult();
            }
        }
    }

    private static Task<CommandOutcome> RunAsync(ClusterSecurity security, string work, KafkaServerProcess broker) =>
        ChildProcess.RunAsync(
            "/usr/bin/python3", [Driver, work, broker.BootstrapServers, $"{Topics}"], environment: security.Client.Environment);

    private static IEnumerable<string> PartitionDirectories(KafkaServerProcess broker) =>
        Directory.GetDirectories(broker.DataDirectory).Where(path => !path.EndsWith("-delete", StringComparison.Ordinal));

    public void Dispose() => _scratch.Dispose();
}
