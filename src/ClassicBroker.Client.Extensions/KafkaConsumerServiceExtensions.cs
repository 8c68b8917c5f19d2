using System.Diagnostics.CodeAnalysis;
using ClassicBroker.Client.Configuration;
using ClassicBroker.Client.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace ClassicBroker.Client;

/// <summary>Consumers that run with an application. Stateless.</summary>
public static class KafkaConsumerServiceExtensions
{
    /// <summary>
    /// Adds a hosted consumer, whose records <typeparamref name="THandler"/> handles. Keys of the consumer, and of the service under
    /// <c>service</c>, are checked when the application starts.
    /// </summary>
    /// <param name="services">Where it is added.</param>
    /// <param name="name">Names the service among others, and its health check.</param>
    /// <param name="section">The keys; null where they are set in code.</param>
    /// <param name="configure">Sets keys after the section's.</param>
    /// <example><code>
    /// builder.Services.AddKafkaConsumerService&lt;string, Order, OrderHandler&gt;("orders", builder.Configuration.GetSection("Orders"));
    /// </code></example>
    public static IServiceCollection AddKafkaConsumerService<
        TKey, TValue, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        this IServiceCollection services,
        string name,
        IConfiguration? section = null,
        Action<KafkaConsumerServiceOptions>? configure = null)
        where THandler : class, IRecordHandler<TKey, TValue>
    {
        var registration = new ClientRegistration<KafkaConsumerServiceOptions>(name, typeof(KafkaConsumerService<TKey, TValue>));
        registration.Configure(services, section, configure, "consumer", options => ServicePlan.Of(options).Consumer);
        registration.AddTo(services, provider => new KafkaConsumerService<TKey, TValue>(
            name, ServicePlan.Of(registration.Options(provider)), scope => scope.GetRequiredService<THandler>(), provider));
        services.TryAddScoped<THandler>();
        services.AddKeyedSingleton<IWorkerStates>(
            name, (provider, key) => provider.GetRequiredKeyedService<KafkaConsumerService<TKey, TValue>>(key));
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<KafkaConsumerService<TKey, TValue>>(name));
        return services;
    }
}
