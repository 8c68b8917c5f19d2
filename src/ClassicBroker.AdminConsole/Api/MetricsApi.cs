using ClassicBroker.AdminConsole.Http;
using ClassicBroker.AdminConsole.Sampling;

namespace ClassicBroker.AdminConsole.Api;

/// <summary>Charts of the last hour. Stateless.</summary>
internal static class MetricsApi
{
    public static void AddTo(ConsoleRoutes routes) => routes.Get(
        "/api/metrics", "What was sampled in the last hour", "", ConsoleJson.Default.MetricsView,
        call => Task.FromResult(new MetricsView(call.Services.Sampler.All())));

    /// <summary>All series.</summary>
    internal sealed record MetricsView(IReadOnlyList<Series> Series);
}
