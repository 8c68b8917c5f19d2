using ClassicBroker.Metadata.Znodes;

namespace ClassicBroker.Tools.Configs;

/// <summary>Which entities <c>kafka-configs.sh</c> takes, and which with which action. Stateless.</summary>
internal static class ConfigEntityRules
{
    private static readonly string[] Types =
    [
        ConfigEntityZnode.Topics, ConfigEntityZnode.Clients, ConfigEntityZnode.Users, ConfigEntityZnode.Brokers, ConfigEntityZnode.Ips,
        ConfigEntity.BrokerLoggers, ConfigEntity.ClientMetrics,
    ];

    /// <summary>Types whose defaults can be altered.</summary>
    private static readonly string[] WithDefaults =
        [ConfigEntityZnode.Users, ConfigEntityZnode.Clients, ConfigEntityZnode.Brokers, ConfigEntityZnode.Ips];

    /// <exception cref="ToolException">There are none, one is unknown, or they do not go together.</exception>
    public static void CheckTypes(IReadOnlyList<ConfigEntity> entities)
    {
        var types = entities.Select(entity => entity.Type).ToArray();
        var repeated = types.GroupBy(type => type).Where(group => group.Count() > 1).Select(group => group.Key).ToArray();
        if (repeated.Length > 0)
        {
            throw new ToolException($"Duplicate entity type(s) specified: {string.Join(",", repeated)}");
        }

        if (Array.Find(types, type => !Types.Contains(type)) is { } unknown)
        {
            throw new ToolException(
                $"Invalid entity type {unknown}, the entity type must be one of topics, clients, users, brokers, ips, broker-loggers, "
                + "client-metrics with a --bootstrap-server or --bootstrap-controller argument");
        }

        if (types.Length == 0)
        {
            throw new ToolException("At least one entity type must be specified");
        }

        if (types.Length > 1 && !Array.TrueForAll(types, type => type is ConfigEntityZnode.Users or ConfigEntityZnode.Clients))
        {
            throw new ToolException("Only 'users' and 'clients' entity types may be specified together");
        }
    }

    /// <exception cref="ToolException">A broker's name is not a number.</exception>
    public static void CheckNames(IReadOnlyList<ConfigEntity> entities)
    {
        var broker = entities.FirstOrDefault(entity =>
            entity is { Type: ConfigEntityZnode.Brokers or ConfigEntity.BrokerLoggers, Name: not null });
        _ = broker?.BrokerId;
    }

    /// <exception cref="ToolException">The arguments do not say whose configs to alter.</exception>
    public static void CheckAlterable(IReadOnlyList<ConfigEntity> entities)
    {
        if (entities.Any(entity => WithDefaults.Contains(entity.Type)))
        {
            if (entities.All(entity => entity.IsAll))
            {
                throw new ToolException(
                    "an entity-name or default entity must be specified with --alter of users, clients, brokers or ips");
            }
        }
        else if (entities[0].Name is null)
        {
            throw new ToolException($"an entity name must be specified with --alter of {entities[0].Type}");
        }
    }

    /// <exception cref="ToolException">Loggers are asked for without a broker.</exception>
    public static void CheckDescribable(IReadOnlyList<ConfigEntity> entities)
    {
        if (entities[0] is { Type: ConfigEntity.BrokerLoggers, Name: null })
        {
            throw new ToolException($"an entity name must be specified with --describe of {ConfigEntity.BrokerLoggers}");
        }
    }
}
