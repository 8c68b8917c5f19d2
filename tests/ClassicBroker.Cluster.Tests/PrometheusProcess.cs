using System.Text.Json;
using System.Text.RegularExpressions;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>
/// Debian's Prometheus, which scrapes brokers as the job <c>kafka</c> and evaluates conf/prometheus/alerts.yml, with its minutes and hours
/// made seconds. One test owns it.
/// </summary>
internal sealed partial class PrometheusProcess : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };
    private readonly ChildProcess _process;
    private readonly string _address;

    private PrometheusProcess(ChildProcess process, string address) => (_process, _address) = (process, address);

    public static async Task<PrometheusProcess> StartAsync(ScratchDirectory scratch, IEnumerable<int> ports)
    {
        var rules = await File.ReadAllTextAsync(Path.Combine(RepositoryLayout.Root, "conf", "prometheus", "alerts.yml"));
        await File.WriteAllTextAsync(scratch.File("alerts.yml"), WindowPattern().Replace(ForPattern().Replace(rules, "for: 1s"), "[5s]"));
        await File.WriteAllTextAsync(
            scratch.File("prometheus.yml"),
            $$"""
            global: { scrape_interval: 250ms, scrape_timeout: 250ms, evaluation_interval: 250ms }
            rule_files: [alerts.yml]
            scrape_configs:
              - job_name: kafka
                static_configs: [{ targets: [{{string.Join(", ", ports.Select(port => $"'127.0.0.1:{port}'"))}}] }]
            """);
        var port = LoopbackPorts.Next();
        var process = ChildProcess.Start(
            "/usr/bin/prometheus",
            [
                $"--config.file={scratch.File("prometheus.yml")}", $"--storage.tsdb.path={scratch.File("prometheus")}",
                $"--web.listen-address=127.0.0.1:{port}",
            ]);
        var prometheus = new PrometheusProcess(process, $"http://127.0.0.1:{port}");
        await process.WaitForAsync("Server is ready to receive web requests", Limit);
        return prometheus;
    }

    /// <summary>Waits until alerts fire, each named with what distinguishes it: <c>KafkaBrokerDown</c>, or <c>KafkaBrokerDown 127.0.0.1:9</c>.</summary>
    public async Task WaitForAsync(params string[] alerts)
    {
        using var limit = new CancellationTokenSource(Limit);
        var firing = await FiringAsync();
        while (alerts.Except(firing).Any())
        {
            Assert.False(limit.IsCancellationRequested, $"Of {string.Join(", ", alerts)} only fire: {string.Join(", ", firing)}");
            await Task.Delay(PollInterval);
            firing = await FiringAsync();
        }
    }

    /// <summary>Waits until all brokers were scraped and none of these alerts fires.</summary>
    public async Task WaitForQuietAsync(int brokers, params string[] alerts)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (await UpAsync() < brokers || (await FiringAsync()).Intersect(alerts).Any())
        {
            Assert.False(limit.IsCancellationRequested, $"Firing in a healthy cluster: {string.Join(", ", await FiringAsync())}");
            await Task.Delay(PollInterval);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _http.Dispose();
    }

    private async Task<HashSet<string>> FiringAsync()
    {
        using var document = JsonDocument.Parse(await _http.GetStringAsync($"{_address}/api/v1/alerts"));
        return
        [
            .. document.RootElement.GetProperty("data").GetProperty("alerts").EnumerateArray()
                .Where(alert => alert.GetProperty("state").GetString() == "firing")
                .SelectMany(alert => Names(alert.GetProperty("labels"))),
        ];

        static IEnumerable<string> Names(JsonElement labels)
        {
            var name = labels.GetProperty("alertname").GetString()!;
            return labels.TryGetProperty("instance", out var instance) ? [name, $"{name} {instance.GetString()}"] : [name];
        }
    }

    private async Task<int> UpAsync()
    {
        using var document = JsonDocument.Parse(await _http.GetStringAsync($"{_address}/api/v1/query?query=up%3D%3D1"));
        return document.RootElement.GetProperty("data").GetProperty("result").GetArrayLength();
    }

    [GeneratedRegex(@"for: \d+m")]
    private static partial Regex ForPattern();

    [GeneratedRegex(@"\[\d+[mh]\]")]
    private static partial Regex WindowPattern();
}
