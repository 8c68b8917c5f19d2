using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ClassicBroker.Client.Configuration;

/// <summary>
/// One client of an application: its options, validated when the application starts, and the service made of them. All clients of a
/// container share one network thread. Used while services are registered.
/// </summary>
/// <param name="Key">The service's key; null for none.</param>
/// <param name="Service">Its type.</param>
internal sealed record ClientRegistration<
    [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] TOptions>(object? Key, Type Service)
    where TOptions : KafkaClientOptions
{
    /// <summary>Names the options: several clients of a container have options of their own.</summary>
    private string OptionsName => Key is null ? Service.ToString() : $"{Key} {Service}";

    public void Configure(
        IServiceCollection services,
        IConfiguration? section,
        Action<TOptions>? configure,
        string client,
        Func<TOptions, ClientConfig> read)
    {
        services.AddOptions<TOptions>(OptionsName)
            .Configure(options =>
            {
                if (section is not null)
                {
                    options.Section = (section as IConfigurationSection)?.Path ?? "";
                    SectionProperties.Read(section, options.Properties);
                }

                configure?.Invoke(options);
            })
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<TOptions>>(new ClientOptionsValidation<TOptions>(OptionsName, client, read));
        AddNetwork(services);
    }

    public TOptions Options(IServiceProvider services) => services.GetRequiredService<IOptionsMonitor<TOptions>>().Get(OptionsName);

    /// <summary>Registers the service, made once for the container.</summary>
    public void AddTo(IServiceCollection services, Func<IServiceProvider, object> make)
    {
        services.Add(Key is null
            ? new ServiceDescriptor(Service, make, ServiceLifetime.Singleton)
            : new ServiceDescriptor(Service, Key, (provider, _) => make(provider), ServiceLifetime.Singleton));
    }

    private static void AddNetwork(IServiceCollection services)
    {
        if (!services.Any(service => service.ServiceType == typeof(ClientNetwork) && service.ServiceKey is null))
        {
            services.AddSingleton(provider => ClientNetwork.Open(provider.GetService<ILoggerFactory>()));
        }
    }
}
