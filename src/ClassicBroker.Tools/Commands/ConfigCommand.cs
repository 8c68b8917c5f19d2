using ClassicBroker.Client;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Tools.Configs;
using ClassicBroker.Tools.Options;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-configs.sh</c>: by brokers as in Kafka 3.9, and by <c>--zookeeper</c> as in 2.2.</summary>
internal sealed class ConfigCommand : ICommand
{
    private const string Purpose =
        "This tool helps to manipulate and describe entity config for a topic, client, user, broker, ip or client-metrics";

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
    private readonly OptionSpec _zkTlsConfigFile;
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
        _zkTlsConfigFile = _parser.Value("zk-tls-config-file", "Accepted with --zookeeper for compatibility.");
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
        var entities = Entities(args, options);
        CheckArguments(options, entities);
        await using var network = host.OpenNetwork();
        try
        {
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
        catch (Exception failure) when (failure is KafkaException or ZooKeeperException)
        {
            // What a broker refuses reaches Kafka's tool wrapped by the future it waited for.
            throw new ToolException(
                $"Error while executing config command with args '{string.Join(' ', args)}'\n"
                + $"java.util.concurrent.ExecutionException: {JavaException.Describe(failure)}",
                failure);
        }
    }

    private async Task<IConfigService> OpenServiceAsync(ParsedOptions options, ToolHost host, ToolNetwork network)
    {
        if (options.Value(_zooKeeper) is { } connect)
        {
            return new ZooKeeperConfigService(
                await network.OpenStoreAsync(host, connect, MetadataVersions.Latest), host.Random, host.Out);
        }

        var admin = network.Admin(host, options.Text(_bootstrapServer), options.Value(_commandConfig));
        return new AdminConfigService(admin, host.Out);
    }

    private Dictionary<string, string> Added(ParsedOptions options, ToolHost host)
    {
        var configs = host.Load(options.Value(_addConfigFile));
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
            entities.Add(i < names.Count ? Named(types[i], names[i]) : new ConfigEntity(types[i], null, IsAll: true));
        }

        foreach (var (option, type) in _named)
        {
            entities.AddRange(options.Values(option).Select(name => Named(type, name)));
        }

        entities.AddRange(_defaults.Where(pair => options.Has(pair.Option)).Select(pair => Named(pair.Type, null)));
        return entities;
    }

    /// <summary>An empty name means the default, as it does to Kafka.</summary>
    private static ConfigEntity Named(string type, string? name) => new(type, name is "" ? null : name, IsAll: false);

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

        options.Forbid(_describe, _addConfig, _deleteConfig);
        ConfigEntityRules.CheckTypes(entities);
        if (_named.Select(pair => pair.Option).Concat(_defaults.Select(pair => pair.Option)).Any(options.Has)
            && (options.Has(_entityType) || options.Has(_entityName) || options.Has(_entityDefault)))
        {
            throw new ToolException("--entity-{type,name,default} should not be used in conjunction with specific entity flags");
        }

        CheckConnection(options);
        ConfigEntityRules.CheckNames(entities);
        if (options.Has(_alter))
        {
            ConfigEntityRules.CheckAlterable(entities);
            CheckChanges(options);
        }
        else
        {
            ConfigEntityRules.CheckDescribable(entities);
        }
    }

    private void CheckConnection(ParsedOptions options)
    {
        if (options.Has(_zooKeeper) == options.Has(_bootstrapServer))
        {
            // Kafka's own spelling of an option it does have.
            throw new ToolException(options.Has(_zooKeeper)
                ? "Only one of --bootstrap-server, --boostrap-controller, and --zookeeper can be specified"
                : "One of the required --bootstrap-server, --boostrap-controller, or --zookeeper arguments must be specified");
        }

        if (options.Has(_all) && options.Has(_zooKeeper))
        {
            throw new ToolException("--bootstrap-server must be specified for --all");
        }

        if (options.Has(_zkTlsConfigFile) && !options.Has(_zooKeeper))
        {
            throw new ToolException("Only the --zookeeper option can be used with the --zk-tls-config-file option.");
        }
    }

    private void CheckChanges(ParsedOptions options)
    {
        if (options.Has(_addConfig) && options.Has(_addConfigFile))
        {
            throw new ToolException("Only one of --add-config or --add-config-file must be specified");
        }

        if (!options.Has(_addConfig) && !options.Has(_addConfigFile) && !options.Has(_deleteConfig))
        {
            throw new ToolException("At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter");
        }
    }
}
