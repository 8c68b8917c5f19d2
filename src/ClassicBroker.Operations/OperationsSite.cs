using System.Text;

namespace ClassicBroker.Operations;

/// <summary>
/// What is served under which path: <c>/metrics</c>, and the questions about health. Knows no HTTP. Threading: any; expositions take turns.
/// </summary>
public sealed class OperationsSite(PrometheusExposition? metrics, IBrokerHealth? health)
{
    private const string Json = "application/json";
    private const string Plain = "text/plain; charset=utf-8";
    private const int Ok = 200;
    private const int NotFound = 404;
    private const int NotAllowed = 405;
    private const int Unavailable = 503;

    /// <summary>The answer to a request; none but GET and HEAD are served.</summary>
    public async Task<OperationsAnswer> AnswerAsync(string method, string path)
    {
        if (method is not ("GET" or "HEAD"))
        {
            return Text(NotAllowed, Plain, "Only GET and HEAD are served.\n");
        }

        return path switch
        {
            "/metrics" when metrics is not null => new(Ok, PrometheusExposition.ContentType, metrics.Write()),
            "/health/live" when health is not null => Report(await health.LiveAsync()),
            "/health/ready" when health is not null => Report(health.Ready()),
            "/health/startup" when health is not null => Report(health.Startup()),
            _ => Text(NotFound, Plain, $"There is nothing here. Served: {string.Join(' ', Paths())}\n"),
        };
    }

    private IEnumerable<string> Paths() =>
        (metrics is null ? Array.Empty<string>() : ["/metrics"])
        .Concat(health is null ? [] : ["/health/live", "/health/ready", "/health/startup"]);

    private static OperationsAnswer Report(HealthReport report) =>
        Text(report.IsHealthy ? Ok : Unavailable, Json, report.ToJson() + "\n");

    private static OperationsAnswer Text(int status, string contentType, string body) =>
        new(status, contentType, Encoding.UTF8.GetBytes(body));
}
