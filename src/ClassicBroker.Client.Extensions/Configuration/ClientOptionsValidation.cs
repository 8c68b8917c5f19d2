using Microsoft.Extensions.Options;

namespace ClassicBroker.Client.Configuration;

/// <summary>
/// Says before an application starts what is wrong with the configuration of one of its clients, by section and key. Stateless.
/// </summary>
/// <param name="ofName">The options it is for.</param>
/// <param name="client">What they configure, for the sentence.</param>
/// <param name="read">Makes of them what the client takes.</param>
internal sealed class ClientOptionsValidation<TOptions>(string ofName, string client, Func<TOptions, ClientConfig> read)
    : IValidateOptions<TOptions>
    where TOptions : KafkaClientOptions
{
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        if (name != ofName)
        {
            return ValidateOptionsResult.Skip;
        }

        var where = options.Section.Length > 0 ? $"Section {options.Section}" : $"The configuration of the {client}";
        try
        {
            var config = read(options);
            if (config.BootstrapServers.Length == 0)
            {
                return ValidateOptionsResult.Fail($"{where} names no brokers: bootstrap.servers is missing, such as localhost:9092.");
            }

            return config.UnusedKeys.Count == 0
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail(config.UnusedKeys.Select(key => $"{where} has the key {key}, which a Kafka {client} does not know."));
        }
        catch (KafkaConfigException refused)
        {
            return ValidateOptionsResult.Fail($"{where}: {refused.Message}");
        }
    }
}
