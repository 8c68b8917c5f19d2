using ClassicBroker.Client.Configuration;
using ClassicBroker.Client.Serialization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client;

/// <summary>
/// Kafka's clients as services of an application: made once, closed with the container, configured from a section whose keys are those of
/// the Java clients, which is checked when the application starts. Stateless.
/// </summary>
/// <example><code>
/// builder.Services.AddKafkaProducer&lt;string, string&gt;(builder.Configuration.GetSection("Kafka"));
/// </code></example>
public static class KafkaServiceCollectionExtensions
{
    /// <summary>Adds a <see cref="KafkaProducer{TKey, TValue}"/>, which all of the application shares.</summary>
    /// <param name="services">Where it is added.</param>
    /// <param name="section">The producer's keys; null where they are set in code.</param>
    /// <param name="configure">Sets keys after the section's.</param>
    /// <param name="serviceKey">The service's key, for an application with several producers of the same types.</param>
    public static IServiceCollection AddKafkaProducer<TKey, TValue>(
        this IServiceCollection services,
        IConfiguration? section = null,
        Action<KafkaProducerOptions>? configure = null,
        object? serviceKey = null)
    {
        var registration = new ClientRegistration<KafkaProducerOptions>(serviceKey, typeof(KafkaProducer<TKey, TValue>));
        registration.Configure(services, section, configure, "producer", Read);
        registration.AddTo(services, provider => new KafkaProducer<TKey, TValue>(
            Read(registration.Options(provider)),
            SerdeServices.Serializer<TKey>(provider, serviceKey),
            SerdeServices.Serializer<TValue>(provider, serviceKey),
            provider.GetRequiredService<ClientNetwork>(),
            provider.GetService<ILoggerFactory>(),
            [.. provider.GetServices<IProducerInterceptor<TKey, TValue>>()]));
        return services;

        static ProducerConfig Read(KafkaProducerOptions options) => ProducerConfig.FromProperties(options.Properties);
    }

    /// <summary>
    /// Adds a <see cref="KafkaConsumer{TKey, TValue}"/>. It is one consumer, for one thread at a time: an application with several gives
    /// each a key.
    /// </summary>
    /// <param name="services">Where it is added.</param>
    /// <param name="section">The consumer's keys; null where they are set in code.</param>
    /// <param name="configure">Sets keys after the section's.</param>
    /// <param name="serviceKey">The service's key, for an application with several consumers of the same types.</param>
    public static IServiceCollection AddKafkaConsumer<TKey, TValue>(
        this IServiceCollection services,
        IConfiguration? section = null,
        Action<KafkaConsumerOptions>? configure = null,
        object? serviceKey = null)
    {
        var registration = new ClientRegistration<KafkaConsumerOptions>(serviceKey, typeof(KafkaConsumer<TKey, TValue>));
        registration.Configure(services, section, configure, "consumer", Read);
        registration.AddTo(services, provider => new KafkaConsumer<TKey, TValue>(
            Read(registration.Options(provider)),
            SerdeServices.Deserializer<TKey>(provider, serviceKey),
            SerdeServices.Deserializer<TValue>(provider, serviceKey),
            provider.GetRequiredService<ClientNetwork>(),
            provider.GetService<ILoggerFactory>(),
            [.. provider.GetServices<IConsumerInterceptor<TKey, TValue>>()]));
        return services;

        static ConsumerConfig Read(KafkaConsumerOptions options) => ConsumerConfig.FromProperties(options.Properties);
    }

    /// <summary>Adds an <see cref="AdminClient"/>.</summary>
    /// <param name="services">Where it is added.</param>
    /// <param name="section">The client's keys; null where they are set in code.</param>
    /// <param name="configure">Sets keys after the section's.</param>
    /// <param name="serviceKey">The service's key, for an application with several clusters.</param>
    public static IServiceCollection AddKafkaAdmin(
        this IServiceCollection services,
        IConfiguration? section = null,
        Action<KafkaAdminOptions>? configure = null,
        object? serviceKey = null)
    {
        var registration = new ClientRegistration<KafkaAdminOptions>(serviceKey, typeof(AdminClient));
        registration.Configure(services, section, configure, "admin client", Read);
        registration.AddTo(services, provider => new AdminClient(
            Read(registration.Options(provider)),
            provider.GetRequiredService<ClientNetwork>(),
            provider.GetService<ILoggerFactory>()));
        return services;

        static AdminConfig Read(KafkaAdminOptions options) => AdminConfig.FromProperties(options.Properties);
    }
}
