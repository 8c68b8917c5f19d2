using System.Text;
using System.Text.Json;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Operations.Tests;

public sealed class OperationsSiteTests : IDisposable
{
    private readonly MeterScope _meters = new(new ManualTime());
    private readonly PrometheusExposition _exposition;
    private readonly Health _health = new();

    public OperationsSiteTests() => _exposition = new(_meters);

    public void Dispose()
    {
        _exposition.Dispose();
        _meters.Dispose();
    }

    [Theory]
    [InlineData("/health/live", true, 200)]
    [InlineData("/health/live", false, 503)]
    [InlineData("/health/ready", true, 200)]
    [InlineData("/health/ready", false, 503)]
    [InlineData("/health/startup", true, 200)]
    [InlineData("/health/startup", false, 503)]
    public async Task Health_decides_the_status(string path, bool isHealthy, int status)
    {
        _health.IsHealthy = isHealthy;
        var answer = await new OperationsSite(null, _health).AnswerAsync("GET", path);
        Assert.Equal((status, "application/json"), (answer.Status, answer.ContentType));
        using var json = JsonDocument.Parse(answer.Body);
        Assert.Equal("as it is", json.RootElement.GetProperty("status").GetString());
        Assert.Equal(isHealthy, json.RootElement.GetProperty("checks")[0].GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task A_start_shows_how_far_it_is()
    {
        _health.Progress = new(12.34, [("/data/a", 8, 1)]);
        using var json = JsonDocument.Parse((await new OperationsSite(null, _health).AnswerAsync("GET", "/health/startup")).Body);
        var logs = json.RootElement.GetProperty("logs");
        Assert.Equal(12.3, logs.GetProperty("percent").GetDouble());
        Assert.Equal("/data/a", logs.GetProperty("directories")[0].GetProperty("path").GetString());
        Assert.Equal(8, logs.GetProperty("directories")[0].GetProperty("total").GetInt32());
        Assert.Equal(1, logs.GetProperty("directories")[0].GetProperty("loaded").GetInt32());
    }

    [Fact]
    public async Task Metrics_are_text_for_Prometheus()
    {
        _meters.Gauge("kafka.server:type=T,name=Shown", "Shown.", () => 1);
        var answer = await new OperationsSite(_exposition, null).AnswerAsync("GET", "/metrics");
        Assert.Equal((200, "text/plain; version=0.0.4; charset=utf-8"), (answer.Status, answer.ContentType));
        Assert.Contains("kafka_server_t_shown 1\n", Encoding.UTF8.GetString(answer.Body));
    }

    [Theory]
    [InlineData("GET", "/", 404)]
    [InlineData("GET", "/metrics/", 404)]
    [InlineData("GET", "/health/ready", 404)]
    [InlineData("GET", "/../metrics", 404)]
    [InlineData("POST", "/metrics", 405)]
    [InlineData("DELETE", "/health/live", 405)]
    public async Task What_is_not_served_says_what_is(string method, string path, int status)
    {
        var answer = await new OperationsSite(_exposition, null).AnswerAsync(method, path);
        Assert.Equal(status, answer.Status);
        Assert.DoesNotContain("/health", Encoding.UTF8.GetString(answer.Body));
    }

    private sealed class Health : IBrokerHealth
    {
        public bool IsHealthy { get; set; } = true;

        public StartProgress? Progress { get; set; }

        public Task<HealthReport> LiveAsync() => Task.FromResult(Startup());

        public HealthReport Ready() => Startup();

        public HealthReport Startup() => new(IsHealthy, "as it is", [new("check", IsHealthy, "seen")]) { Progress = Progress };
    }
}
