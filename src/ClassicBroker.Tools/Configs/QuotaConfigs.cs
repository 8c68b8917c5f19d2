using ClassicBroker.Client;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.Configs;

/// <summary>Quotas of users, clients and addresses by way of the brokers (KIP-546). Threading: used by one tool.</summary>
internal sealed class QuotaConfigs(AdminClient admin, TextWriter output, FactDocument? facts)
{
    public async Task AlterAsync(
        IReadOnlyList<ConfigEntity> entities, IReadOnlyDictionary<string, string> added, IReadOnlyList<string> deleted)
    {
        if (entities.Any(entity => entity.IsAll))
        {
            throw new ToolException("Exactly one entity name must be specified for every entity type");
        }

        if (deleted.Count > 0)
        {
            var present = (await FindAsync(entities)).SelectMany(quota => quota.Values).Select(value => value.Key).ToArray();
            ConfigArguments.RequirePresent(deleted, present);
        }

        var changes = added.ToDictionary(pair => pair.Key, pair => (double?)Bound(pair.Key, pair.Value), StringComparer.Ordinal);
        foreach (var key in deleted)
        {
            changes[key] = null;
        }

        await admin.AlterClientQuotasAsync(entities.Select(entity => new ClientQuotaPart(PartOf(entity), entity.Name)).ToArray(), changes);
    }

    public async Task DescribeAsync(IReadOnlyList<ConfigEntity> entities)
    {
        facts?.AddList("quotas");
        foreach (var quota in await FindAsync(entities))
        {
            if (facts is not null)
            {
                ConfigFacts.Add(facts, quota);
                continue;
            }

            var whom = string.Join(", ", quota.Entity.OrderBy(Rank).Select(Text));
            var values = string.Join(", ", quota.Values.Select(value => $"{value.Key}={JavaDouble.Format(value.Value)}"));
            output.WriteLine($"Quota configs for {whom} are {values}");
        }
    }

    private Task<IReadOnlyList<ClientQuota>> FindAsync(IEnumerable<ConfigEntity> entities) =>
        admin.DescribeClientQuotasAsync(entities
            .Select(entity => entity.IsAll
                ? ClientQuotaFilter.AnyOf(PartOf(entity))
                : ClientQuotaFilter.Of(new ClientQuotaPart(PartOf(entity), entity.Name)))
            .ToArray());

    private static string PartOf(ConfigEntity entity) =>
        entity.Type switch
        {
            ConfigEntityZnode.Users => ClientQuotaPart.User,
            ConfigEntityZnode.Clients => ClientQuotaPart.ClientId,
            _ => ClientQuotaPart.Ip,
        };

    private static int Rank(ClientQuotaPart part) => part.Type == ClientQuotaPart.User ? 0 : 1;

    private static string Text(ClientQuotaPart part)
    {
        var word = part.Type == ClientQuotaPart.User ? "user-principal" : part.Type;
        return part.Name is null ? $"the default {word}" : $"{word} '{part.Name}'";
    }

    private static double Bound(string key, string value) =>
        JavaText.TryParseDouble(value, out var bound)
            ? bound
            : throw new ToolException($"Cannot parse quota configuration value for {key}: {value}");
}
