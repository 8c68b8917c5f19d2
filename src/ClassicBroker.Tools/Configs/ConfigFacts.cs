using System.Text.Json;
using ClassicBroker.Client;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.Configs;

/// <summary>The lists of <c>kafka-configs --output</c>: <c>entities</c>, <c>quotas</c> and <c>credentials</c>. Stateless.</summary>
internal static class ConfigFacts
{
    private const string Entities = "entities";

    /// <summary>Has the list shown, whatever comes into it.</summary>
    public static void Begin(FactDocument? facts) => facts?.AddList(Entities);

    /// <summary>An entity that was changed.</summary>
    public static void AddAltered(FactDocument? facts, IReadOnlyList<ConfigEntity> entities)
    {
        foreach (var entity in entities)
        {
            facts?.Add(Entities, json =>
            {
                WriteEntity(json, entity.Type, entity.Name);
                json.WriteString("action", "altered");
            });
        }
    }

    /// <summary>An entity with configs that brokers tell, and where each comes from.</summary>
    public static void Add(FactDocument facts, string type, string? name, IReadOnlyList<ConfigEntry> entries) =>
        facts.Add(Entities, json =>
        {
            WriteEntity(json, type, name);
            json.WriteList("configs", entries, entry =>
            {
                json.WriteString("name", entry.Name);
                json.WriteString("value", entry.Value);
                json.WriteBoolean("isSensitive", entry.IsSensitive);
                json.WriteBoolean("isReadOnly", entry.IsReadOnly);
                json.WriteString("source", ResourceConfigs.SourceName(entry.Source));
                json.WriteList("synonyms", entry.Synonyms, synonym =>
                {
                    json.WriteString("source", ResourceConfigs.SourceName(synonym.Source));
                    json.WriteString("name", synonym.Name);
                    json.WriteString("value", synonym.Value);
                });
            });
        });

    /// <summary>An entity with the configs that ZooKeeper has of it; a client of a user is two entities.</summary>
    public static void Add(
        FactDocument facts, IReadOnlyList<ConfigEntity> entities, IEnumerable<KeyValuePair<string, string>> configs) =>
        facts.Add(Entities, json =>
        {
            WriteEntity(json, string.Join('/', entities.Select(entity => entity.Type)), Name(entities));
            json.WriteList("configs", configs, config =>
            {
                json.WriteString("name", config.Key);
                json.WriteString("value", config.Value);
            });
        });

    /// <summary>Quotas, which are numbers, and whose they are; a null name stands for the default.</summary>
    public static void Add(FactDocument facts, ClientQuota quota) =>
        facts.Add("quotas", json =>
        {
            json.WriteStartObject("entity");
            foreach (var part in quota.Entity)
            {
                json.WriteString(part.Type, part.Name);
            }

            json.WriteEndObject();
            json.WriteStartObject("values");
            foreach (var (key, value) in quota.Values)
            {
                json.WriteNumber(key, value);
            }

            json.WriteEndObject();
        });

    /// <summary>A user and the mechanisms it has credentials of.</summary>
    public static void Add(FactDocument facts, ScramUser user) =>
        facts.Add("credentials", json =>
        {
            json.WriteString("user", user.Name);
            json.WriteList("mechanisms", user.Iterations, each =>
            {
                json.WriteString("mechanism", ScramArgument.NameOf(each.Key));
                json.WriteNumber("iterations", each.Value);
            });
            json.WriteError(user.Failure);
        });

    private static string? Name(IReadOnlyList<ConfigEntity> entities) =>
        entities.Count == 1 ? entities[0].Name : string.Join('/', entities.Select(entity => entity.Name ?? "<default>"));

    private static void WriteEntity(Utf8JsonWriter json, string type, string? name)
    {
        json.WriteString("type", type);
        json.WriteString("name", name);
    }
}
