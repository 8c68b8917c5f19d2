using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.RegularExpressions;
using ClassicBroker.Operations;
using ClassicBroker.Platform;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Server.Metrics;
using ClassicBroker.Server.Tests.InProcess;
using ClassicBroker.Transport;

namespace ClassicBroker.Server.Tests.Metrics;

/// <summary>Holds the dashboards and the alerts under <c>conf</c> to the names of metrics that a broker exposes.</summary>
public sealed partial class DashboardTests
{
    private static string PathOf(string file) => Path.Join(AppContext.BaseDirectory, "Metrics", file);

    private static async Task<HashSet<string>> ExposedAsync()
    {
        var broker = new InProcessBroker();
        await using var network = new EventLoopGroup(1, "kafka-network-thread-", TimeProvider.System, _ => { });
        await using var handlers = new WorkerPool("kafka-request-handler", 1, _ => { });
        ThreadMetrics.Register(broker.Meters, network, handlers, TimeProvider.System);
        ProcessMetrics.Register(broker.Meters, TimeProvider.System, openFilesMax: 1024);
        var names = new HashSet<string>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Scope == broker.Meters || instrument.Meter.Name == "System.Runtime")
                {
                    var (family, suffix) = PrometheusNames.Of(instrument);
                    names.Add(family + suffix);
                }
            },
        };
        listener.Start();
        return names;
    }

    [Theory]
    [InlineData("cluster.json", 16)]
    [InlineData("broker.json", 20)]
    [InlineData("groups.json", 10)]
    public async Task A_dashboard_asks_for_metrics_that_there_are(string file, int panelsLeast)
    {
        using var dashboard = JsonDocument.Parse(await File.ReadAllTextAsync(PathOf(file), TestContext.Current.CancellationToken));
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().ToList();
        Assert.True(panels.Count >= panelsLeast, $"{panels.Count} panels");
        Assert.Equal(panels.Count, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        var expressions = panels.SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .Select(target => target.GetProperty("expr").GetString()!)
            .Concat(dashboard.RootElement.GetProperty("templating").GetProperty("list").EnumerateArray()
                .Where(variable => variable.TryGetProperty("definition", out _))
                .Select(variable => variable.GetProperty("definition").GetString()!));
        Assert.Empty(Names(expressions).Except(await ExposedAsync()));
    }

    [Fact]
    public async Task An_alert_asks_for_metrics_that_there_are()
    {
        var text = await File.ReadAllTextAsync(PathOf("alerts.yml"), TestContext.Current.CancellationToken);
        var names = Names([text]).ToList();
        Assert.True(names.Count >= 12, $"{names.Count} names");
        Assert.Empty(names.Except(await ExposedAsync()));
    }

    private static IEnumerable<string> Names(IEnumerable<string> expressions) =>
        expressions.SelectMany(expression => MetricName().Matches(expression).Select(match => match.Value)).Distinct();

    [GeneratedRegex(@"\b(kafka|classicbroker|process|dotnet)_[a-z0-9_]+")]
    private static partial Regex MetricName();
}
