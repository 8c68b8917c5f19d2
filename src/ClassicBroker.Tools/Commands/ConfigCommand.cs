using ClassicBroker.Client;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Configs;
using ClassicBroker.Tools.Options;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-configs.sh</c>: by brokers as in Kafka 3.9, and by <c>--zookeeper</c> as in 2.2.</summary>
internal sealed class ConfigCommand : ICommand
{
    private const string Purpose =
        "This tool helps to manipulate and describe entity config for a topic, client, user, broker, ip or client-metrics";

    private static readonly string[] Types =
    [
        ConfigEntityZnode.Topics, ConfigEntityZnode.Clients, ConfigEntityZnode.Users, ConfigEntityZnode.Brokers, ConfigEntityZnode.Ips,
        ConfigEntity.BrokerLoggers,
    ];

    private readonly OptionParser _parser = new();
    private readonly OptionSpec _bootstrapServer;
    private readonly OptionSpec _zooKeeper;
    private readonly OptionSpec _commandConfig;
    private readonly OptionSpec _alter;
    private readonly OptionSpec _describe;
    private readonly OptionSpec _all;
    private readonly OptionSpec _entityType;
    private readonly OptionSpec _entityName;
    private readonly OptionSpec _entityDefault;
    private readonly OptionSpec _addConfig;
    private readonly OptionSpec _addConfigFile;
    private readonly OptionSpec _deleteConfig;
    private readonly (OptionSpec Option, string Type)[] _named;
    private readonly (OptionSpec Option, string Type)[] _defaults;

    public ConfigCommand()
    {
        _bootstrapServer = _parser.Value("bootstrap-server", "The Kafka servers to connect to.", "server to connect to");
        _zooKeeper = _parser.Value(
            "zookeeper", "DEPRECATED: the ZooKeeper connection in the form host:port[,host:port][/chroot], in place of the brokers.", "urls");
        _commandConfig = _parser.Value(
            "command-config", "Properties file with configs for the admin client. Only with --bootstrap-server.", "command config property file");
        _alter = _parser.Flag("alter", "Alter the configuration for the entity.");
        _describe = _parser.Flag("describe", "List configs for the given entity.");
        _all = _parser.Flag("all", "List all configs for the given entity, defaults included.");
        _entityType = _parser.Value("entity-type", "Type of entity (topics/clients/users/brokers/broker-loggers/ips).");
        _entityName = _parser.Value("entity-name", "Name of entity (topic name/client id/user principal name/broker id/ip).");
        _entityDefault = _parser.Flag("entity-default", "Default entity name for clients/users/brokers/ips.");
        _addConfig = _parser.Value("add-config", "Key value pairs of configs to add: 'k1=v1,k2=[v1,v2,v2],k3=v3'.");
        _addConfigFile = _parser.Value("add-config-file", "Path to a properties file with configs to add.");
        _deleteConfig = _parser.Value("delete-config", "Config keys to remove: 'k1,k2'.");
        _parser.Flag("force", "Suppress console prompts.");
        _parser.Value("zk-tls-config-file", "Accepted for compatibility.");
        _named =
        [
            (_parser.Value("topic", "The topic's name."), ConfigEntityZnode.Topics),
            (_parser.Value("client", "The client's id."), ConfigEntityZnode.Clients),
            (_parser.Value("user", "The user's principal name."), ConfigEntityZnode.Users),
            (_parser.Value("broker", "The broker's id."), ConfigEntityZnode.Brokers),
            (_parser.Value("broker-logger", "The broker's id for its logger config."), ConfigEntity.BrokerLoggers),
            (_parser.Value("ip", "The IP address."), ConfigEntityZnode.Ips),
        ];
        _defaults =
        [
            (_parser.Flag("client-defaults", "The config defaults for all clients."), ConfigEntityZnode.Clients),
            (_parser.Flag("user-defaults", "The config defaults for all users."), ConfigEntityZnode.Users),
            (_parser.Flag("broker-defaults", "The config defaults for all brokers."), ConfigEntityZnode.Brokers),
            (_parser.Flag("ip-defaults", "The config defaults for all IPs."), ConfigEntityZnode.Ips),
        ];
    }

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(args, Purpose);
        try
        {
            var entities = Entities(args, options);
            CheckArguments(options, entities);
            await using var network = host.OpenNetwork();
            await using var service = await OpenServiceAsync(options, host, network);
            if (options.Has(_alter))
            {
                await service.AlterAsync(entities, Added(options, host), ConfigArguments.Keys(options.Value(_deleteConfig) ?? ""));
            }
            else
            {
                await service.DescribeAsync(entities, options.Has(_all));
            }

            return 0;
        }
        catch (KafkaException refusal) when (refusal.Code == ErrorCode.InvalidConfig)
        {
            throw new ToolException(refusal.Message, refusal);
        }
        catch (Exception failure) when (failure is KafkaException or ZooKeeperException)
        {
            throw new ToolException(
                $"Error while executing config command with args '{string.Join(' ', args)}'\n{JavaException.Describe(failure)}", failure);
        }
    }

    private async Task<IConfigService> OpenServiceAsync(ParsedOptions options, ToolHost host, ToolNetwork network)
    {
        if (options.Has(_zooKeeper))
        {
            return await ZooKeeperConfigService.OpenAsync(options.Text(_zooKeeper), host, network);
        }

        var properties = host.Files.Load(options.Value(_commandConfig));
        properties["bootstrap.servers"] = options.Text(_bootstrapServer);
        return new AdminConfigService(network.Admin(AdminConfig.FromProperties(properties)), host.Out);
    }

    private Dictionary<string, string> Added(ParsedOptions options, ToolHost host)
    {
        var configs = host.Files.Load(options.Value(_addConfigFile));
        foreach (var (key, value) in ConfigArguments.Parse(options.Value(_addConfig) ?? ""))
        {
            configs[key] = value;
        }

        return configs;
    }

    /// <summary>
    /// Pairs types with names. With two types the order of the words decides which name or default belongs to which type.
    /// </summary>
    private List<ConfigEntity> Entities(IReadOnlyList<string> args, ParsedOptions options)
    {
        var names = NamesInOrder(args);
        var types = options.Values(_entityType);
        List<ConfigEntity> entities = [];
        for (var i = 0; i < types.Count; i++)
        {
            entities.Add(i < names.Count ? new ConfigEntity(types[i], names[i], IsAll: false) : new ConfigEntity(types[i], null, IsAll: true));
        }

        foreach (var (option, type) in _named)
        {
            entities.AddRange(options.Values(option).Select(name => new ConfigEntity(type, name, IsAll: false)));
        }

        entities.AddRange(_defaults.Where(pair => options.Has(pair.Option)).Select(pair => new ConfigEntity(pair.Type, null, IsAll: false)));
        return entities;
    }

    private List<string?> NamesInOrder(IReadOnlyList<string> args)
    {
        List<string?> names = [];
        for (var i = 0; i < args.Count; i++)
        {
            var word = args[i].TrimStart('-');
            if (word == _entityDefault.Name && args[i] != word)
            {
                names.Add(null);
            }
            else if (word == _entityName.Name && args[i] != word && i + 1 < args.Count)
            {
                names.Add(args[++i]);
            }
            else if (args[i].StartsWith($"--{_entityName.Name}=", StringComparison.Ordinal))
            {
                names.Add(args[i][(_entityName.Name.Length + 3)..]);
            }
        }

        return names;
    }

    private void CheckArguments(ParsedOptions options, List<ConfigEntity> entities)
    {
        if (options.Has(_alter) == options.Has(_describe))
        {
            throw _parser.Usage("Command must include exactly one action: --describe, --alter");
        }

        if (options.Has(_zooKeeper) == options.Has(_bootstrapServer))
        {
            // Kafka's own spelling of an option it does have.
            throw new ToolException(options.Has(_zooKeeper)
                ? "Only one of --bootstrap-server or --zookeeper must be specified"
                : "One of the required --bootstrap-server, --boostrap-controller, or --zookeeper arguments must be specified");
        }

        if (entities.Count == 0)
        {
            throw new ToolException("At least one entity type must be specified");
        }

        if (entities.Find(entity => !Types.Contains(entity.Type)) is { } unknown)
        {
            throw new ToolException(
                $"Invalid entity type {unknown.Type}, the entity type must be one of topics, clients, users, brokers, ips, broker-loggers, "
                + "client-metrics with a --bootstrap-server or --bootstrap-controller argument");
        }

        if (entities.Count > 1 && !entities.TrueForAll(entity => entity.Type is ConfigEntityZnode.Users or ConfigEntityZnode.Clients))
        {
            throw new ToolException("Only 'users' and 'clients' entity types may be specified together");
        }

        if (options.Has(_alter))
        {
            CheckAlteration(options, entities);
        }
    }

    private void CheckAlteration(ParsedOptions options, List<ConfigEntity> entities)
    {
        if (entities.Find(entity => entity.IsAll) is { } nameless)
        {
            throw new ToolException($"an entity name must be specified with --alter of {nameless.Type}");
        }

        if (!options.Has(_addConfig) && !options.Has(_addConfigFile) && !options.Has(_deleteConfig))
        {
            throw new ToolException("At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter");
        }

        options.Forbid(_addConfig, _addConfigFile);
    }
}
