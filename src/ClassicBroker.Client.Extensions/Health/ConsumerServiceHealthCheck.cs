using ClassicBroker.Client.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ClassicBroker.Client.Health;

/// <summary>Healthy while every worker of a hosted consumer runs and polls in time for its group. Threading: any.</summary>
internal sealed class ConsumerServiceHealthCheck(IWorkerStates service) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var workers = service.Workers;
        if (workers.Count == 0)
        {
            return Task.FromResult(HealthCheckResult.Degraded("The consumer has not started"));
        }

        foreach (var worker in workers)
        {
            if (worker.Failure is { } failure)
            {
                return Failed($"The consumer of {worker.Name} has failed: {failure.Message}", failure);
            }

            if (!worker.IsRunning)
            {
                return Failed($"The consumer of {worker.Name} has stopped");
            }

            if (worker.IsLate)
            {
                return Failed($"The consumer of {worker.Name} has not polled within max.poll.interval.ms: a record takes too long");
            }
        }

        return Task.FromResult(HealthCheckResult.Healthy());

        Task<HealthCheckResult> Failed(string reason, Exception? failure = null) =>
            Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, reason, failure));
    }
}
