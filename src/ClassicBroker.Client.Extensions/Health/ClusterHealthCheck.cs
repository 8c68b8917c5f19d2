using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ClassicBroker.Client.Health;

/// <summary>Asks the cluster who is there. Healthy with a controller, degraded without one. Threading: any.</summary>
internal sealed class ClusterHealthCheck(AdminClient admin) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var cluster = await admin.DescribeClusterAsync(cancellationToken);
            var data = new Dictionary<string, object> { ["brokers"] = cluster.Nodes.Count, ["controller"] = cluster.ControllerId };
            return cluster.ControllerId >= 0
                ? HealthCheckResult.Healthy($"{cluster.Nodes.Count} brokers", data)
                : HealthCheckResult.Degraded("The cluster has no controller", data: data);
        }
        catch (Exception unreachable) when (unreachable is KafkaException or OperationCanceledException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, unreachable.Message, unreachable);
        }
    }
}
