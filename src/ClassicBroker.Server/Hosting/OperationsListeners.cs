using ClassicBroker.Operations;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Config.Keys;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// Opens the HTTP that <c>metrics.listeners</c> and <c>health.listeners</c> ask for. An address in both serves both. Used once, before the
/// broker starts, so that its start can be watched.
/// </summary>
public static class OperationsListeners
{
    /// <summary>The addresses of a key.</summary>
    /// <exception cref="ConfigException">One is no address.</exception>
    public static IReadOnlyList<OperationsAddress> Read(string key, IReadOnlyList<string> listeners)
    {
        var addresses = new List<OperationsAddress>();
        foreach (var text in listeners)
        {
            try
            {
                addresses.Add(OperationsAddress.Parse(text));
            }
            catch (FormatException wrong)
            {
                throw new ConfigException(key, text, wrong.Message);
            }
        }

        return addresses;
    }

    /// <summary>Null where nothing is asked for: then no port is opened, and no metric is kept for anyone.</summary>
    /// <exception cref="StartException">A port cannot be had.</exception>
    public static async Task<OperationsServer?> OpenAsync(
        KafkaConfig config, MeterScope meters, IBrokerHealth health, ILoggerFactory loggers)
    {
        var (forMetrics, forHealth) = (
            Read(OperationsConfigKeys.Metrics, config.MetricsListeners), Read(OperationsConfigKeys.Health, config.HealthListeners));
        if (forMetrics.Count == 0 && forHealth.Count == 0)
        {
            return null;
        }

        var exposition = forMetrics.Count > 0 ? new PrometheusExposition(meters) : null;
        var sites = forMetrics.Union(forHealth).Select(address => (address, new OperationsSite(
            forMetrics.Contains(address) ? exposition : null, forHealth.Contains(address) ? health : null)));
        try
        {
            return await OperationsServer.StartAsync([.. sites], loggers);
        }
        catch (IOException refused)
        {
            throw new StartException($"The HTTP of {OperationsConfigKeys.Metrics} and {OperationsConfigKeys.Health}: {refused.Message}", refused);
        }
    }
}
