using ClassicBroker.Client.Health;
using ClassicBroker.Client.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ClassicBroker.Client;

/// <summary>Health checks of an application's use of Kafka. Stateless.</summary>
public static class KafkaHealthChecksExtensions
{
    /// <summary>Checks that the cluster of the registered <see cref="AdminClient"/> answers.</summary>
    /// <param name="builder">Where it is added.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="serviceKey">The key the admin client was registered under.</param>
    /// <param name="timeout">How long the cluster may take; 10 seconds where it is not set.</param>
    /// <param name="tags">Tags by which an endpoint chooses checks, such as <c>ready</c>.</param>
    public static IHealthChecksBuilder AddKafka(
        this IHealthChecksBuilder builder,
        string name = "kafka",
        object? serviceKey = null,
        TimeSpan? timeout = null,
        IEnumerable<string>? tags = null) =>
        builder.Add(new HealthCheckRegistration(
            name,
            services => new ClusterHealthCheck(
                serviceKey is null
                    ? services.GetRequiredService<AdminClient>()
                    : services.GetRequiredKeyedService<AdminClient>(serviceKey)),
            failureStatus: null,
            tags,
            timeout ?? TimeSpan.FromSeconds(10)));

    /// <summary>Checks that a hosted consumer runs and polls in time for its group.</summary>
    /// <param name="builder">Where it is added.</param>
    /// <param name="service">The name the service was added under.</param>
    /// <param name="tags">Tags by which an endpoint chooses checks, such as <c>live</c>.</param>
    public static IHealthChecksBuilder AddKafkaConsumerService(
        this IHealthChecksBuilder builder, string service, IEnumerable<string>? tags = null) =>
        builder.Add(new HealthCheckRegistration(
            service,
            services => new ConsumerServiceHealthCheck(services.GetRequiredKeyedService<IWorkerStates>(service)),
            failureStatus: null,
            tags));
}
