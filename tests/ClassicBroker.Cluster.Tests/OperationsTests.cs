using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Cluster.Tests;

/// <summary>What an operator's HTTP shows of a real broker, to curl's like and to Prometheus.</summary>
public sealed partial class OperationsTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };

    public void Dispose()
    {
        _http.Dispose();
        _scratch.Dispose();
    }

    [Theory]
    [MemberData(nameof(SecurityProfiles.Rows), MemberType = typeof(SecurityProfiles))]
    public async Task A_broker_shows_metrics_and_health_where_it_is_told_to_and_Prometheus_reads_them(SecurityProfile profile)
    {
        var (forMetrics, forHealth) = (LoopbackPorts.Next(), LoopbackPorts.Next());
        using var security = ClusterSecurity.Of(profile, _scratch);
        await using var zooKeeper = await SingleZooKeeper.StartAsync(security, _scratch.File("zookeeper"));
        await using var broker = await security.Secure(new KafkaServerProcess(
            _scratch.File("broker"),
            zooKeeper.ConnectString,
            properties: new Dictionary<string, string>
            {
                ["metrics.listeners"] = $"http://127.0.0.1:{forMetrics}",
                ["health.listeners"] = $"http://127.0.0.1:{forMetrics},http://127.0.0.1:{forHealth}",
            })).StartAsync();
        await Tool.CreateTopicAsync(security, broker, "orders");

        using var ready = JsonDocument.Parse(await _http.GetStringAsync($"http://127.0.0.1:{forHealth}/health/ready"));
        Assert.Equal("ready", ready.RootElement.GetProperty("status").GetString());
        using var startup = JsonDocument.Parse(await _http.GetStringAsync($"http://127.0.0.1:{forMetrics}/health/startup"));
        Assert.Equal(100, startup.RootElement.GetProperty("logs").GetProperty("percent").GetDouble());
        using var live = JsonDocument.Parse(await _http.GetStringAsync($"http://127.0.0.1:{forHealth}/health/live"));
        Assert.Equal("live", live.RootElement.GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync($"http://127.0.0.1:{forHealth}/metrics")).StatusCode);

        var text = await _http.GetStringAsync($"http://127.0.0.1:{forMetrics}/metrics");
        Assert.Contains("\nkafka_server_replicamanager_leadercount 1\n", text);
        Assert.Contains("\nkafka_network_requestmetrics_totaltimems_count{request=\"CreateTopics\"} 1\n", text);
        Assert.Contains("\ndotnet_gc_collections_total{", text);
        Assert.Matches(@"\nprocess_resident_memory_bytes \d{7}", text);
        await CheckWithPrometheusAsync(text);
    }

    [Theory]
    [MemberData(nameof(SecurityProfiles.Rows), MemberType = typeof(SecurityProfiles))]
    public async Task Systemd_is_told_that_the_broker_serves_lives_and_stops(SecurityProfile profile)
    {
        var path = _scratch.File("notify");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(path));
        manager.ReceiveTimeout = 60_000;
        using var security = ClusterSecurity.Of(profile, _scratch);
        await using var zooKeeper = await SingleZooKeeper.StartAsync(security, _scratch.File("zookeeper"));
        await using var broker = await security.Secure(new KafkaServerProcess(_scratch.File("broker"), zooKeeper.ConnectString))
            .StartAsync(["/usr/bin/env", $"NOTIFY_SOCKET={path}", "WATCHDOG_USEC=400000"]);
        Until("READY=1\nSTATUS=Serving");
        Until("WATCHDOG=1");
        Until("WATCHDOG=1");
        Assert.Equal(0, await broker.StopAsync());
        Until("STOPPING=1\nSTATUS=Stopping");

        void Until(string expected)
        {
            var message = new byte[1024];
            while (Encoding.UTF8.GetString(message, 0, manager.Receive(message)) != expected)
            {
            }
        }
    }

    [Theory]
    [MemberData(nameof(SecurityProfiles.Rows), MemberType = typeof(SecurityProfiles))]
    public async Task A_broker_that_is_told_nothing_opens_its_listener_only(SecurityProfile profile)
    {
        using var security = ClusterSecurity.Of(profile, _scratch);
        await using var zooKeeper = await SingleZooKeeper.StartAsync(security, _scratch.File("zookeeper"));
        await using var broker = await security.Secure(
            new KafkaServerProcess(_scratch.File("broker"), zooKeeper.ConnectString)).StartAsync();
        Assert.Equal([broker.Port], ListeningPorts(broker.Process.Id));
    }

    [Fact]
    public async Task A_port_in_use_ends_the_start_with_a_sentence_that_names_it()
    {
        await using var zooKeeper = await new ZooKeeperServerProcess(_scratch.File("zookeeper")).StartAsync();
        await using var broker = new KafkaServerProcess(_scratch.File("broker"), zooKeeper.ConnectString);
        var taken = new Uri($"http://{zooKeeper.ConnectString}").Port;
        broker.Properties["metrics.listeners"] = $"http://127.0.0.1:{taken}";
        broker.Launch();
        Assert.Equal(1, await broker.Process.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        Assert.Matches($"The HTTP of metrics.listeners and health.listeners: .*127.0.0.1:{taken}.*in use", broker.Process.Output);
    }

    [Fact]
    public async Task An_address_that_is_none_ends_the_start_and_is_named()
    {
        await using var broker = new KafkaServerProcess(_scratch.File("broker"), "127.0.0.1:1");
        broker.Properties["health.listeners"] = "https://127.0.0.1:9308";
        broker.Launch();
        Assert.Equal(1, await broker.Process.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains(
            "Invalid value https://127.0.0.1:9308 for configuration health.listeners: https://127.0.0.1:9308 is not of the form http://host:port",
            broker.Process.Output);
    }

    [Fact]
    public async Task The_alerts_are_rules_that_fire_for_their_cause_and_only_then() =>
        (await ChildProcess.RunAsync("/bin/sh", ["-c", $"cd '{AppContext.BaseDirectory}' && promtool test rules alerts-test.yml"]))
            .RequireSuccess();

    /// <summary>Prometheus reads all of it; what it finds to say is about names that are Kafka's or .NET's.</summary>
    private async Task CheckWithPrometheusAsync(string text)
    {
        var file = _scratch.File("metrics.txt");
        await File.WriteAllTextAsync(file, text);
        var outcome = await ChildProcess.RunAsync("/bin/sh", ["-c", $"promtool check metrics < '{file}'"]);
        Assert.DoesNotContain("error while linting", outcome.StandardError, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(outcome.ExitCode, new[] { 0, 3 });
        Assert.All(
            (outcome.Text + outcome.StandardError).Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.Matches(NameRemark(), line));
    }

    private static int[] ListeningPorts(int processId)
    {
        var sockets = Directory.EnumerateFileSystemEntries($"/proc/{processId}/fd")
            .Select(path => new FileInfo(path).LinkTarget ?? "")
            .Where(target => target.StartsWith("socket:[", StringComparison.Ordinal))
            .Select(target => target["socket:[".Length..^1])
            .ToHashSet();
        return
        [
            .. new[] { "tcp", "tcp6" }
                .SelectMany(table => File.ReadLines($"/proc/{processId}/net/{table}").Skip(1))
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(columns => columns[3] == "0A" && sockets.Contains(columns[9]))
                .Select(columns => Convert.ToInt32(columns[1].Split(':')[1], 16)),
        ];
    }

    [GeneratedRegex("^[a-z0-9_]+ (label names should be written in 'snake_case' not 'camelCase'|non-histogram and non-summary metrics should not have \"_count\" suffix|metric names should not contain abbreviated units)$")]
    private static partial Regex NameRemark();
}
