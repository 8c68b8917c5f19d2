using System.Text.RegularExpressions;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Cluster.Tests;

/// <summary>What an operator sees of servers that start and stop: signals, scripts, log files.</summary>
public sealed partial class StartAndStopTests : IDisposable
{
    private const int Sighup = 1;

    /// <summary>What Java exits with upon SIGHUP, when its hooks have run.</summary>
    private const int JavaEndedBySighup = 128 + Sighup;

    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [MemberData(nameof(SecurityProfiles.Rows), MemberType = typeof(SecurityProfiles))]
    public async Task A_closed_terminal_stops_broker_and_zookeeper_in_order(SecurityProfile profile)
    {
        using var security = ClusterSecurity.Of(profile, _scratch);
        await using var zooKeeper = await SingleZooKeeper.StartAsync(security, _scratch.File("zookeeper"));
        await using var broker = await security.Secure(
            new KafkaServerProcess(_scratch.File("broker"), zooKeeper.ConnectString)).StartAsync();

        broker.Process.Signal(Sighup);
        Assert.Equal(0, await broker.Process.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains("Terminating process due to signal SIGHUP", broker.Process.Output);
        Assert.Contains("[KafkaServer id=0] shut down completed", broker.Process.Output);
        Assert.True(File.Exists(Path.Combine(broker.DataDirectory, ".kafka_cleanshutdown")));

        zooKeeper.Process.Signal(Sighup);
        Assert.Equal(security.IsSecured ? JavaEndedBySighup : 0, await zooKeeper.Process.WaitForExitAsync(TimeSpan.FromSeconds(60)));
    }

    [Theory]
    [InlineData(SecurityProfile.Open)]
    [InlineData(SecurityProfile.Secured)]
    public async Task A_start_tells_what_starts_and_what_of_its_configuration_has_no_effect_and_no_secret(SecurityProfile profile)
    {
        using var security = ClusterSecurity.Of(profile, _scratch);
        await using var zooKeeper = await SingleZooKeeper.StartAsync(security, _scratch.File("zookeeper"));
        await using var broker = security.Secure(new KafkaServerProcess(
            _scratch.File("broker"),
            zooKeeper.ConnectString,
            properties: new Dictionary<string, string> { ["num.partitons"] = "3", ["queued.max.requests"] = "400" }));
        await broker.StartAsync();

        var printed = broker.Process.Output;
        Assert.Matches($@"Starting ClassicBroker \S+ \(commit \S+\) in place of Kafka 3\.9\.2: process {broker.Process.Id}, \.NET 10", printed);
        Assert.Contains($"LOG_DIR {broker.LogDirectory}", printed);
        Assert.Contains("\tqueued.max.requests = 400\n", printed);
        Assert.Contains("Property num.partitons is not valid: no part of the broker reads it. Did you mean num.partitions?", printed);
        Assert.Contains("Property queued.max.requests has no effect: ", printed);
        Assert.All(
            Directory.GetFiles(broker.LogDirectory).Select(File.ReadAllText).Append(printed),
            text => Assert.DoesNotMatch("(broker|app|store|encoder|zookeeper)-secret", text));
    }

    [Theory]
    [MemberData(nameof(SecurityProfiles.Rows), MemberType = typeof(SecurityProfiles))]
    public async Task Brokers_that_share_a_log_directory_write_whole_lines_that_say_whose_they_are(SecurityProfile profile)
    {
        using var security = ClusterSecurity.Of(profile, _scratch);
        await using var zooKeeper = await SingleZooKeeper.StartAsync(security, _scratch.File("zookeeper"));
        var directory = _scratch.File("brokers");
        await using var one = security.Secure(new KafkaServerProcess(directory, zooKeeper.ConnectString, brokerId: 1));
        await using var two = security.Secure(new KafkaServerProcess(
            directory, zooKeeper.ConnectString, brokerId: 2, new Dictionary<string, string> { ["log.dirs"] = _scratch.File("data-of-2") }));
        one.Launch();
        await one.Process.WaitForAsync("[KafkaServer id=1] started", TimeSpan.FromSeconds(60));
        two.Launch();
        await two.Process.WaitForAsync("[KafkaServer id=2] started", TimeSpan.FromSeconds(60));
        await Task.WhenAll(one.StopAsync(), two.StopAsync());

        var lines = File.ReadAllLines(Path.Combine(one.LogDirectory, "server.log"))
            .Where(line => line.Length > 0 && !char.IsWhiteSpace(line[0]))
            .ToList();
        Assert.All(lines, line => Assert.Matches(WholeLine(), line));
        foreach (var id in new[] { 1, 2 })
        {
            Assert.Single(lines, line => line.Contains($"[Broker id={id}] [KafkaServer id={id}] shut down completed"));
        }
    }

    [Fact]
    public async Task A_daemon_that_dies_at_once_is_told()
    {
        RepositoryLayout.RequireDistribution();
        var logs = new Dictionary<string, string> { ["LOG_DIR"] = _scratch.File("logs") };
        var missing = _scratch.File("missing.properties");
        var failed = await ChildProcess.RunAsync(RepositoryLayout.Script("kafka-server-start.sh"), ["-daemon", missing], environment: logs);
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains(missing, failed.StandardError);
        Assert.Contains("kafkaServer ended at once", failed.StandardError);
    }

    [Theory]
    [InlineData("kafka-server-start.sh", "USAGE: ")]
    [InlineData("kafka-run-class.sh", "USAGE: ")]
    [InlineData("kafka-topics.sh", "--bootstrap-server")]
    public async Task Scripts_work_through_links(string script, string said)
    {
        RepositoryLayout.RequireDistribution();
        var link = _scratch.File(script);
        File.CreateSymbolicLink(link, RepositoryLayout.Script(script));
        var outcome = await ChildProcess.RunAsync(link, []);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(said, outcome.Text + outcome.StandardError);
    }

    [Fact]
    public async Task A_log_directory_that_cannot_be_written_is_told_on_the_console()
    {
        RepositoryLayout.RequireDistribution();
        File.WriteAllText(_scratch.File("logs"), "");
        var outcome = await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-server-start.sh"),
            [_scratch.File("missing.properties")],
            environment: new Dictionary<string, string> { ["LOG_DIR"] = _scratch.File("logs") });
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains($"Log file {_scratch.File("logs")}/server.log cannot be written", outcome.StandardError);
        Assert.Contains("FATAL Exiting Kafka due to fatal exception: ", outcome.Text);
    }

    [GeneratedRegex(@"^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\] [A-Z]+ \[Broker (id|pid)=\d+\] .+")]
    private static partial Regex WholeLine();
}
