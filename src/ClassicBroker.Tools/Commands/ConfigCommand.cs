using ClassicBroker.Client;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Tools.Configs;
using ClassicBroker.Tools.Options;
using ClassicBroker.Tools.ZooKeeperAccess;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-configs.sh</c>: by brokers as in Kafka 3.9, and by <c>--zookeeper</c> as in 2.2.</summary>
internal sealed class ConfigCommand : ICommand
{
    private const string Purpose =
        "This tool helps to manipulate and describe entity config for a topic, client, user, broker, ip or client-metrics";

    private readonly OptionParser _parser = new(OptionErrors.Terse);
    private readonly OptionSpec _bootstrapServer;
    private readonly OptionSpec _bootstrapController;
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
        _bootstrapController = _parser.Value("bootstrap-controller", "The Kafka controllers to connect to.", "controller to connect to");
        _zooKeeper = _parser.Value(
            "zookeeper",
            "DEPRECATED. The connection string for the zookeeper connection in the form host:port. Multiple URLS can be given to "
            + "allow fail-over. Required when configuring SCRAM credentials for users or dynamic broker configs when the relevant "
            + "broker(s) are down. Not allowed otherwise.",
            "urls");
        _commandConfig = _parser.Value(
            "command-config",
            "Property file containing configs to be passed to Admin Client. This is used only with --bootstrap-server option for "
            + "describing and altering broker configs.",
            "command config property file");
        _alter = _parser.Flag("alter", "Alter the configuration for the entity.");
        _describe = _parser.Flag("describe", "List configs for the given entity.");
        _all = _parser.Flag(
            "all",
            "List all configs for the given topic, broker, or broker-logger entity (includes static configuration when the "
            + "entity type is brokers)");
        _entityType = _parser.Value("entity-type", "Type of entity (topics/clients/users/brokers/broker-loggers/ips/client-metrics)");
        _entityName = _parser.Value(
            "entity-name",
            "Name of entity (topic name/client id/user principal name/broker id/ip/client metrics)");
        _entityDefault = _parser.Flag(
            "entity-default",
            "Default entity name for clients/users/brokers/ips (applies to corresponding entity type in command line)");
        _addConfig = _parser.Value(
            "add-config",
            "Key Value pairs of configs to add. Square brackets can be used to group values which contain commas: "
            + "'k1=v1,k2=[v1,v2,v2],k3=v3'. The following is a list of valid configurations: "
            + $"For entity-type 'topics':{ConfigNames.Listing(ConfigNames.Topics)}"
            + $"For entity-type 'brokers':{ConfigNames.Listing(ConfigNames.Brokers)}"
            + $"For entity-type 'users':{ConfigNames.Listing(ConfigNames.Users)}"
            + $"For entity-type 'clients':{ConfigNames.Listing(ConfigNames.Clients)}"
            + $"For entity-type 'ips':{ConfigNames.Listing(ConfigNames.Ips)}"
            + $"For entity-type 'client-metrics':{ConfigNames.Listing(ConfigNames.ClientMetrics)}"
            + "Entity types 'users' and 'clients' may be specified together to update config for clients of a specific user.");
        _addConfigFile = _parser.Value(
            "add-config-file",
            "Path to a properties file with configs to add. See add-config for a list of valid configurations.");
        _deleteConfig = _parser.Value("delete-config", "config keys to remove 'k1,k2'");
        _parser.Flag("force", "Suppress console prompts");
        _zkTlsConfigFile = _parser.Value(
            "zk-tls-config-file",
            "Identifies the file where ZooKeeper client TLS connectivity properties are defined.  Any properties other than "
            + "zookeeper.clientCnxnSocket, zookeeper.ssl.cipher.suites, zookeeper.ssl.client.enable, zookeeper.ssl.crl.enable, "
            + "zookeeper.ssl.enabled.protocols, zookeeper.ssl.endpoint.identification.algorithm, zookeeper.ssl.keystore.location, "
            + "zookeeper.ssl.keystore.password, zookeeper.ssl.keystore.type, zookeeper.ssl.ocsp.enable, zookeeper.ssl.protocol, "
            + "zookeeper.ssl.truststore.location, zookeeper.ssl.truststore.password, zookeeper.ssl.truststore.type are ignored.",
            "ZooKeeper TLS configuration");
        _named =
        [
            (_parser.Value("topic", "The topic's name."), ConfigEntityZnode.Topics),
            (_parser.Value("client", "The client's ID."), ConfigEntityZnode.Clients),
            (_parser.Value("user", "The user's principal name."), ConfigEntityZnode.Users),
            (_parser.Value("broker", "The broker's ID."), ConfigEntityZnode.Brokers),
            (_parser.Value("broker-logger", "The broker's ID for its logger config."), ConfigEntity.BrokerLoggers),
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

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(args, Purpose);
        var entities = Entities(args, options);
        CheckArguments(options, entities);
        if (entities[0].Type is not (ConfigEntityZnode.Users or ConfigEntityZnode.Clients or ConfigEntityZnode.Ips))
        {
            ConfigFacts.Begin(host.Facts);
        }

        await using var network = host.OpenNetwork();
        await RequireAddressesAsync(entities, network);
        try
        {
            await using var service = await OpenServiceAsync(options, entities, host, network);
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
        catch (Exception failure) when (failure is KafkaException or ZooKeeperException or JavaFailure)
        {
            // What a broker refuses reaches Kafka's tool wrapped by the future it waited for.
            host.Facts?.Failure = failure;
            var reported = failure as JavaFailure ?? JavaException.FromFuture(failure);
            throw new ToolException(
                $"Error while executing config command with args '{HiddenSecrets.CommandLine(args)}'\n{JavaException.Trace(reported)}", failure);
        }
    }

    private async Task<IConfigService> OpenServiceAsync(
        ParsedOptions options, List<ConfigEntity> entities, ToolHost host, ToolNetwork network)
    {
        if (options.Value(_zooKeeper) is { } connect)
        {
            if (ZooKeeperConfigService.IsKept(entities))
            {
                host.Out.WriteLine("Warning: --zookeeper is deprecated and will be removed in a future version of Kafka.");
                host.Out.WriteLine("Use --bootstrap-server instead to specify a broker to connect to.");
            }

            return new ZooKeeperConfigService(
                await network.OpenStoreAsync(host, connect, MetadataVersions.Latest, TlsOf(options, host)),
                host.Random,
                host.Out,
                host.Facts);
        }

        if (options.Value(_bootstrapController) is { } controllers)
        {
            throw await network.RefuseControllersAsync(host, controllers, options.Value(_commandConfig));
        }

        var admin = await network.AdminAsync(host, options.Text(_bootstrapServer), options.Value(_commandConfig));
        return new AdminConfigService(admin, host.Out, host.Facts);
    }

    private static async Task RequireAddressesAsync(IEnumerable<ConfigEntity> entities, ToolNetwork network)
    {
        foreach (var ip in entities.Where(entity => entity is { Type: ConfigEntityZnode.Ips, Name: not null }))
        {
            if (!await network.CanResolveAsync(ip.Name!))
            {
                throw new ToolException($"The entity name for ips must be a valid IP or resolvable host, but it is: {ip.Name}");
            }
        }
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
            if (options.Value(option) is { } name)
            {
                entities.Add(Named(type, name));
            }
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

        CheckConnection(options, entities);
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

    private void CheckConnection(ParsedOptions options, List<ConfigEntity> entities)
    {
        OptionSpec[] connections = [_bootstrapServer, _bootstrapController, _zooKeeper];
        if (!connections.Any(options.Has)
            && entities.Find(entity => entity.Type is not (ConfigEntityZnode.Users or ConfigEntityZnode.Brokers)) is { } other)
        {
            throw new ToolException(
                $"Invalid entity type {other.Type}, the entity type must be one of users, brokers with a --zookeeper argument");
        }

        if (connections.Count(options.Has) != 1)
        {
            // Kafka's own spelling of an option it does have.
            throw new ToolException(connections.Any(options.Has)
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

    private ZooKeeperTlsFile? TlsOf(ParsedOptions options, ToolHost host) =>
        options.Value(_zkTlsConfigFile) is { } file ? ZooKeeperTlsFile.Read(host, file) : null;

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
