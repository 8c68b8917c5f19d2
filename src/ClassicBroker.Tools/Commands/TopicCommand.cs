using ClassicBroker.Client;
using ClassicBroker.Tools.Options;
using ClassicBroker.Tools.Topics;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-topics.sh</c>: by brokers as in Kafka 3.9, and by <c>--zookeeper</c> as up to 2.8.</summary>
internal sealed class TopicCommand : ICommand
{
    private const string Purpose = "This tool helps to create, delete, describe, or change a topic.";

    private readonly OptionParser _parser = new();
    private readonly OptionSpec _bootstrapServer;
    private readonly OptionSpec _zooKeeper;
    private readonly OptionSpec _commandConfig;
    private readonly OptionSpec _list;
    private readonly OptionSpec _create;
    private readonly OptionSpec _delete;
    private readonly OptionSpec _alter;
    private readonly OptionSpec _describe;
    private readonly OptionSpec _topic;
    private readonly OptionSpec _topicId;
    private readonly OptionSpec _config;
    private readonly OptionSpec _deleteConfig;
    private readonly OptionSpec _partitions;
    private readonly OptionSpec _replicationFactor;
    private readonly OptionSpec _replicaAssignment;
    private readonly OptionSpec _underReplicated;
    private readonly OptionSpec _unavailable;
    private readonly OptionSpec _underMinIsr;
    private readonly OptionSpec _atMinIsr;
    private readonly OptionSpec _withOverrides;
    private readonly OptionSpec _ifExists;
    private readonly OptionSpec _ifNotExists;
    private readonly OptionSpec _excludeInternal;
    private readonly OptionSpec _disableRackAware;

    public TopicCommand()
    {
        _bootstrapServer = _parser.Value("bootstrap-server", "REQUIRED: The Kafka server to connect to.", "server to connect to");
        _zooKeeper = _parser.Value(
            "zookeeper", "DEPRECATED: the ZooKeeper connection in the form host:port[,host:port][/chroot], in place of the brokers.", "hosts");
        _commandConfig = _parser.Value(
            "command-config", "Properties file with configs for the admin client. Only with --bootstrap-server.", "command config property file");
        _list = _parser.Flag("list", "List all available topics.");
        _create = _parser.Flag("create", "Create a new topic.");
        _delete = _parser.Flag("delete", "Delete a topic.");
        _alter = _parser.Flag("alter", "Alter the number of partitions and replica assignment of a topic.");
        _describe = _parser.Flag("describe", "List details for the given topics.");
        _topic = _parser.Value(
            "topic", "The topic to create, alter, describe or delete. Except for --create it may be a regular expression.", "topic");
        _topicId = _parser.Value("topic-id", "The id of the topic to describe.", "topic-id");
        _config = _parser.Value(
            "config", "A config for the topic being created, or with --zookeeper altered. May be repeated.", "name=value");
        _deleteConfig = _parser.Value("delete-config", "A config override to remove from a topic. Only with --zookeeper.", "name");
        _partitions = _parser.Value(
            "partitions", "The number of partitions for the topic being created or altered.", "# of partitions", type: "Integer");
        _replicationFactor = _parser.Value(
            "replication-factor", "The replication factor of each partition of the topic being created.", "replication factor", type: "Integer");
        _replicaAssignment = _parser.Value(
            "replica-assignment",
            "Brokers of each partition of the topic being created or altered.",
            "broker_id_for_part1_replica1 : broker_id_for_part1_replica2 , broker_id_for_part2_replica1 : broker_id_for_part2_replica2 , ...");
        _underReplicated =
            _parser.Flag("under-replicated-partitions", "If set when describing topics, only show under-replicated partitions.");
        _unavailable =
            _parser.Flag("unavailable-partitions", "If set when describing topics, only show partitions whose leader is not available.");
        _underMinIsr = _parser.Flag(
            "under-min-isr-partitions", "If set when describing topics, only show partitions whose isr count is less than the configured minimum.");
        _atMinIsr = _parser.Flag(
            "at-min-isr-partitions", "If set when describing topics, only show partitions whose isr count is equal to the configured minimum.");
        _withOverrides =
            _parser.Flag("topics-with-overrides", "If set when describing topics, only show topics that have overridden configs.");
        _ifExists = _parser.Flag(
            "if-exists", "If set when altering, deleting or describing topics, do nothing where the topic does not exist.");
        _ifNotExists = _parser.Flag("if-not-exists", "If set when creating topics, do nothing where the topic exists already.");
        _excludeInternal =
            _parser.Flag("exclude-internal", "Exclude internal topics when listing or describing. They are included by default.");
        _disableRackAware = _parser.Flag("disable-rack-aware", "Disable rack aware replica assignment. Only with --zookeeper.");
        _parser.Flag("force", "Suppress console prompts.");
        _parser.Value(
            "partition-size-limit-per-response", "Accepted for compatibility.",
            "maximum number of partitions per response", type: "Integer");
    }

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        if (args.Count == 0)
        {
            throw _parser.Usage("Create, delete, describe, or change a topic.");
        }

        var options = _parser.Parse(args, Purpose);
        CheckArguments(options);
        await using var network = host.OpenNetwork();
        try
        {
            await using var service = await OpenServiceAsync(options, host, network);
            if (options.Has(_topicId) && options.Has(_topic))
            {
                host.Out.WriteLine(
                    "Only topic id will be used when both --topic and --topic-id are specified and topicId is not Uuid.ZERO_UUID");
            }

            await RunActionAsync(options, service);
            return 0;
        }
        catch (Exception failure) when (failure is KafkaException or ToolException or ZooKeeperException)
        {
            host.Out.WriteLine($"Error while executing topic command : {failure.Message}");
            var command = options.Has(_zooKeeper) ? "kafka.admin.TopicCommand$" : "org.apache.kafka.tools.TopicCommand";
            host.Log("ERROR", JavaException.Describe(failure) + "\n", command);
            return 1;
        }
    }

    private async Task<ITopicService> OpenServiceAsync(ParsedOptions options, ToolHost host, ToolNetwork network)
    {
        if (options.Value(_zooKeeper) is { } connect)
        {
            var store = await network.OpenStoreAsync(host, connect, ZooKeeperTopicService.LastWithoutTopicIds);
            return new ZooKeeperTopicService(store, host.Random, host.Out);
        }

        var admin = network.Admin(host, options.Text(_bootstrapServer), options.Value(_commandConfig));
        return new AdminTopicService(admin, host.Out);
    }

    private async Task RunActionAsync(ParsedOptions options, ITopicService service)
    {
        var request = Request(options);
        var filter = request.Topic is null ? null : TopicRules.Pattern(request.Topic);
        if (options.Has(_create))
        {
            await service.CreateAsync(request);
        }
        else if (options.Has(_alter))
        {
            await service.AlterAsync(filter!, request);
        }
        else if (options.Has(_delete))
        {
            await service.DeleteAsync(filter!, request);
        }
        else if (options.Has(_describe))
        {
            await service.DescribeAsync(filter, Filter(options), request);
        }
        else
        {
            await service.ListAsync(filter, request.ExcludeInternal);
        }
    }

    private TopicRequest Request(ParsedOptions options)
    {
        int? partitions = options.Has(_partitions) ? options.Int32(_partitions) : null;
        int? replicas = options.Has(_replicationFactor) ? options.Int32(_replicationFactor) : null;
        if (partitions is < 1)
        {
            throw new ToolException("The partitions must be greater than 0");
        }

        if (replicas is < 1 or > short.MaxValue)
        {
            throw new ToolException($"The replication factor must be between 1 and {short.MaxValue} inclusive");
        }

        return new TopicRequest
        {
            Topic = options.Value(_topic),
            TopicId = options.Value(_topicId) is { } id ? TopicRules.Id(id) : null,
            Partitions = partitions,
            ReplicationFactor = replicas,
            Assignment = options.Value(_replicaAssignment) is { } text ? TopicRules.Assignment(text) : null,
            Configs = TopicRules.Configs(options.Values(_config)),
            DeletedConfigs = options.Values(_deleteConfig),
            IfExists = options.Has(_ifExists),
            IfNotExists = options.Has(_ifNotExists),
            ExcludeInternal = options.Has(_excludeInternal),
            IsRackAware = !options.Has(_disableRackAware),
        };
    }

    private DescribeFilter Filter(ParsedOptions options) =>
        options.Has(_underReplicated) ? DescribeFilter.UnderReplicated
        : options.Has(_unavailable) ? DescribeFilter.Unavailable
        : options.Has(_underMinIsr) ? DescribeFilter.UnderMinIsr
        : options.Has(_atMinIsr) ? DescribeFilter.AtMinIsr
        : options.Has(_withOverrides) ? DescribeFilter.TopicsWithOverrides
        : DescribeFilter.None;

    private void CheckArguments(ParsedOptions options)
    {
        OptionSpec[] actions = [_list, _create, _delete, _alter, _describe];
        if (actions.Count(options.Has) != 1)
        {
            throw _parser.Usage("Command must include exactly one action: --list, --describe, --create, --alter or --delete");
        }

        var isZooKeeper = options.Has(_zooKeeper);
        if (isZooKeeper == options.Has(_bootstrapServer))
        {
            throw new ToolException(
                isZooKeeper ? "Only one of --bootstrap-server or --zookeeper must be specified" : "--bootstrap-server must be specified");
        }

        if (!options.Has(_list) && !options.Has(_describe))
        {
            options.Require(_topic);
        }

        if (isZooKeeper)
        {
            CheckZooKeeperArguments(options);
        }
        else
        {
            CheckBrokerArguments(options);
        }

        CheckCombinations(options);
    }

    private void CheckZooKeeperArguments(ParsedOptions options)
    {
        if (options.Has(_create) && !options.Has(_replicaAssignment))
        {
            options.Require(_partitions, _replicationFactor);
        }
    }

    private void CheckBrokerArguments(ParsedOptions options)
    {
        if (!options.Has(_alter))
        {
            return;
        }

        if (options.Has(_config))
        {
            throw _parser.Usage(
                "Option combination \"[[bootstrap-server], [config]]\" can't be used with option \"[alter]\" "
                + "(the kafka-configs CLI supports altering topic configs with a --bootstrap-server option)");
        }

        options.Require(_partitions);
    }

    private void CheckCombinations(ParsedOptions options)
    {
        options.Forbid(_config, _list, _delete, _describe);
        options.Forbid(_deleteConfig, _list, _create, _delete, _describe);
        options.Forbid(_deleteConfig, _bootstrapServer);
        options.Forbid(_topicId, _list, _create, _delete, _alter, _zooKeeper);
        options.Forbid(_partitions, _list, _delete, _describe);
        options.Forbid(_replicationFactor, _list, _alter, _delete, _describe);
        options.Forbid(_replicaAssignment, _list, _delete, _describe);
        if (options.Has(_create))
        {
            options.Forbid(_replicaAssignment, _partitions, _replicationFactor);
        }

        OptionSpec[] reports = [_underReplicated, _unavailable, _underMinIsr, _atMinIsr, _withOverrides];
        foreach (var report in reports)
        {
            options.Forbid(report, _list, _create, _alter, _delete);
            options.Forbid(report, reports);
        }

        options.Forbid(_ifExists, _list, _create);
        options.Forbid(_ifNotExists, _list, _alter, _delete, _describe);
        options.Forbid(_excludeInternal, _create, _alter, _delete);
    }
}
