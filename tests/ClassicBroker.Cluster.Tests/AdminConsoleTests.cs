using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>The admin console as users start it: beside a broker, and alone through its script.</summary>
public sealed partial class AdminConsoleTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };

    public void Dispose()
    {
        _http.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task A_broker_and_the_script_serve_the_console_to_those_who_have_the_token()
    {
        await using var zooKeeper = await new ZooKeeperServerProcess(_scratch.File("zookeeper")).StartAsync();
        await using var broker = await new KafkaServerProcess(
            _scratch.File("broker"),
            zooKeeper.ConnectString,
            properties: new Dictionary<string, string> { ["console.listeners"] = $"http://127.0.0.1:{LoopbackPorts.Next()}" }).StartAsync();
        await CheckAsync(broker.Process, "[KafkaServer id=0] started");

        await using var alone = ChildProcess.Start(RepositoryLayout.Script("kafka-admin-console.sh"),
        [
            "--bootstrap-server", broker.BootstrapServers, "--zookeeper", zooKeeper.ConnectString, "--listen", $"http://127.0.0.1:{LoopbackPorts.Next()}",
        ]);
        await CheckAsync(alone, "Sign in to the admin console");
        alone.Signal(ChildProcess.Sigterm);
        Assert.Equal(0, await alone.WaitForExitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(0, await broker.StopAsync());
    }

    [Fact]
    public async Task A_console_that_ends_is_started_again_and_none_outlives_its_broker()
    {
        await using var zooKeeper = await new ZooKeeperServerProcess(_scratch.File("zookeeper")).StartAsync();
        await using var broker = await new KafkaServerProcess(
            _scratch.File("broker"),
            zooKeeper.ConnectString,
            properties: new Dictionary<string, string>
            {
                ["console.listeners"] = $"http://127.0.0.1:{LoopbackPorts.Next()}",
                ["console.sign.in"] = "oidc",
                ["console.oidc.issuer"] = "https://127.0.0.1:1/",
                ["console.oidc.client.id"] = "console",
                ["console.oidc.client.secret"] = "not for other users of the machine",
                ["console.roles.read.only"] = "*",
            }).StartAsync();
        var first = Assert.Single(ProcessTree.ChildrenOf(broker.Process.Id, "kafka-admin-console"));
        foreach (var open in (string[])["cmdline", "environ"])
        {
            Assert.DoesNotContain("not for other users", await File.ReadAllTextAsync($"/proc/{first}/{open}"), StringComparison.Ordinal);
        }

        Assert.DoesNotContain("not for other users", broker.Process.Output, StringComparison.Ordinal);
        var served = broker.Process.WaitForNextAsync("The admin console is served at", TimeSpan.FromSeconds(30));
        Kill(first, ChildProcess.Sigterm);
        Kill(first, ChildProcess.Sigkill);
        await broker.Process.WaitForAsync("The admin console ended with exit code 137; it is started again in 1 s", TimeSpan.FromSeconds(30));
        await served;
        var second = Assert.Single(ProcessTree.ChildrenOf(broker.Process.Id, "kafka-admin-console"));
        await broker.KillAsync();
        await EndedAsync(second);
    }

    [Fact]
    public async Task A_broker_whose_console_cannot_serve_does_not_start()
    {
        await using var zooKeeper = await new ZooKeeperServerProcess(_scratch.File("zookeeper")).StartAsync();
        using var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, LoopbackPorts.Next());
        taken.Start();
        await using var broker = new KafkaServerProcess(
            _scratch.File("broker"), zooKeeper.ConnectString,
            properties: new Dictionary<string, string> { ["console.listeners"] = $"http://{taken.LocalEndpoint}" });
        broker.Launch();
        Assert.Equal(1, await broker.Process.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains("The admin console of console.listeners: ", broker.Process.Output, StringComparison.Ordinal);
        Assert.Contains("address already in use", broker.Process.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--bootstrap-server", "127.0.0.1:1", "--listen", "8080")]
    [InlineData("--bootstrap-server", "127.0.0.1:1", "--unknown", "x")]
    [InlineData("--zookeeper", "127.0.0.1:1")]
    [InlineData("--bootstrap-server", "127.0.0.1:1", "--config", "/no/such/file")]
    public async Task Wrong_arguments_end_with_a_sentence(params string[] arguments)
    {
        var outcome = await ChildProcess.RunAsync(RepositoryLayout.Script("kafka-admin-console.sh"), arguments);
        Assert.Equal(1, outcome.ExitCode);
    }

    private static void Kill(int process, int signal) =>
        System.Diagnostics.Process.Start("kill", [$"-{signal}", $"{process}"]).WaitForExit();

    private static async Task EndedAsync(int process)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (Directory.Exists($"/proc/{process}"))
        {
            await Task.Delay(50, limit.Token);
        }
    }

    private async Task CheckAsync(ChildProcess process, string sign)
    {
        await process.WaitForAsync(sign, TimeSpan.FromSeconds(60));
        await process.WaitForAsync("#/sign-in?token=", TimeSpan.FromSeconds(60));
        var link = Link().Match(process.Output);
        var address = link.Groups["address"].Value;
        Assert.Contains("<div id=\"app\">", await _http.GetStringAsync($"{address}/"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _http.GetAsync($"{address}/api/overview")).StatusCode);
        using var secret = new StringContent(
            new JsonObject { ["secret"] = link.Groups["token"].Value }.ToJsonString(), Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.OK, (await _http.PostAsync($"{address}/api/sign-in", secret)).StatusCode);
        await ThreeBrokers.UntilAsync(
            async () => JsonNode.Parse(await _http.GetStringAsync($"{address}/api/overview"))!["controllerId"]!.GetValue<int>() == 0,
            "a controller");
        Assert.Equal(1, (int)JsonNode.Parse(await _http.GetStringAsync($"{address}/api/overview"))!["brokers"]!);
        var znode = JsonNode.Parse(await _http.GetStringAsync($"{address}/api/znode?path=/controller"))!;
        Assert.Contains("\"brokerid\":0", (string)znode["text"]!, StringComparison.Ordinal);
        Assert.NotNull(JsonNode.Parse(await _http.GetStringAsync($"{address}/api/openapi.json"))!["paths"]!["/api/topics"]);
    }

    [GeneratedRegex(@"(?<address>http://[\d.:]+)/#/sign-in\?token=(?<token>[\w-]+)")]
    private static partial Regex Link();
}
