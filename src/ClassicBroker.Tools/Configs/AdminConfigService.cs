using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.Configs;

/// <summary>Configs by way of the brokers, with the output of Kafka 3.9: each type of entity has its own calls.</summary>
internal sealed class AdminConfigService(AdminClient admin, TextWriter output, FactDocument? facts) : IConfigService
{
    private readonly ResourceConfigs _resources = new(admin, output, facts);
    private readonly QuotaConfigs _quotas = new(admin, output, facts);
    private readonly ScramConfigs _credentials = new(admin, output, facts);

    public async Task AlterAsync(
        IReadOnlyList<ConfigEntity> entities, IReadOnlyDictionary<string, string> added, IReadOnlyList<string> deleted)
    {
        var first = entities[0];
        switch (first.Type)
        {
            case ConfigEntityZnode.Users or ConfigEntityZnode.Clients or ConfigEntityZnode.Ips:
                await AlterClientsAsync(entities, added, deleted);
                break;
            case ConfigEntity.ClientMetrics:
                throw new KafkaException(ErrorCode.InvalidRequest, "Config type client-metrics is only supported on KRaft clusters");
            default:
                await _resources.AlterAsync(first, added, deleted);
                break;
        }

        ConfigFacts.AddAltered(facts, entities);
        output.WriteLine(first.IsDefault
            ? $"Completed updating default config for {first.Type} in the cluster."
            : $"Completed updating config for {first.Singular} {first.Name}.");
    }

    public async Task DescribeAsync(IReadOnlyList<ConfigEntity> entities, bool includesDefaults)
    {
        switch (entities[0].Type)
        {
            case ConfigEntityZnode.Users or ConfigEntityZnode.Clients or ConfigEntityZnode.Ips:
                await _quotas.DescribeAsync(entities);
                if (entities is [{ Type: ConfigEntityZnode.Users, IsDefault: false } user])
                {
                    await _credentials.DescribeAsync(user);
                }

                break;
            case ConfigEntity.ClientMetrics:
                throw new KafkaException(ErrorCode.UnsupportedVersion, "The node does not support LIST_CLIENT_METRICS_RESOURCES");
            default:
                await _resources.DescribeAsync(entities[0], includesDefaults);
                break;
        }
    }

    public ValueTask DisposeAsync() => admin.DisposeAsync();

    private Task AlterClientsAsync(
        IReadOnlyList<ConfigEntity> entities, IReadOnlyDictionary<string, string> added, IReadOnlyList<string> deleted)
    {
        ClientConfigRules.Check(entities, added.Keys, deleted);
        return added.Keys.Concat(deleted).Any(ScramArgument.IsMechanism)
            ? _credentials.AlterAsync(entities[0].Name!, added, deleted)
            : _quotas.AlterAsync(entities, added, deleted);
    }
}
