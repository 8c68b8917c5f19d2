using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Configs;
using ClassicBroker.Tools.Options;
using ClassicBroker.Tools.Topics;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-topics.sh</c>: by brokers as in Kafka 3.9, and by <c>--zookeeper</c> as up to 2.8.</summary>
internal sealed class TopicCommand : ICommand
{
    private const string CommandConfigText =
        "Property file containing configs to be passed to Admin Client. This is used only with --bootstrap-server option for "
        + "describing and altering broker configs.";

    private const string AlterText =
        "Alter the number of partitions and replica assignment. Update the configuration of an existing topic via --alter is "
        + "no longer supported here (the kafka-configs CLI supports altering topic configs with a --bootstrap-server option).";

    private const string TopicText =
        "The topic to create, alter, describe or delete. It also accepts a regular expression, except for --create option. "
        + "Put topic name in double quotes and use the '\\' prefix to escape regular expression symbols; e.g. \"test\\.topic\".";

    private const string TopicIdText =
        "The topic-id to describe.This is used only with --bootstrap-server option for describing topics.";

    private const string DeleteConfigText =
        "A topic configuration override to be removed for an existing topic (see the list of configurations under the "
        + "--config option). Not supported with the --bootstrap-server option.";

    private const string PartitionsText =
        "The number of partitions for the topic being created or altered (WARNING: If partitions are increased for a topic "
        + "that has a key, the partition logic or ordering of the messages will be affected). If not supplied for create, "
        + "defaults to the cluster default.";

    private const string ReplicationFactorText =
        "The replication factor for each partition in the topic being created. If not supplied, defaults to the cluster "
        + "default.";

    private const string ReplicaAssignmentText =
        "A list of manual partition-to-broker assignments for the topic being created or altered.";

    private const string UnderMinIsrPartitionsText =
        "if set when describing topics, only show partitions whose isr count is less than the configured minimum.";

    private const string AtMinIsrPartitionsText =
        "if set when describing topics, only show partitions whose isr count is equal to the configured minimum.";

    private const string IfExistsText =
        "if set when altering or deleting or describing topics, the action will only execute if the topic exists.";

    private const string IfNotExistsText =
        "if set when creating topics, the action will only execute if the topic does not already exist.";

    private const string ExcludeInternalText =
        "exclude internal topics when running list or describe command. The internal topics will be listed by default";

    private const string PartitionSizeLimitPerResponseText =
        "the maximum partition size to be included in one DescribeTopicPartitions response.";

    private const string Purpose = "This tool helps to create, delete, describe, or change a topic.";

    private readonly OptionParser _parser = new(OptionErrors.Failure);
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
        _zooKeeper = _parser.Hidden("zookeeper", OptionArgument.Required);
        _commandConfig = _parser.Value("command-config", CommandConfigText, "command config property file");
        _list = _parser.Flag("list", "List all available topics.");
        _create = _parser.Flag("create", "Create a new topic.");
        _delete = _parser.Flag("delete", "Delete a topic");
        _alter = _parser.Flag("alter", AlterText);
        _describe = _parser.Flag("describe", "List details for the given topics.");
        _topic = _parser.Value("topic", TopicText, "topic");
        _topicId = _parser.Value("topic-id", TopicIdText, "topic-id");
        _config = _parser.Value(
            "config",
            "A topic configuration override for the topic being created. The following is a list of valid configurations:"
            + $"{ConfigNames.Listing(ConfigNames.Topics)}See "
            + "the Kafka documentation for full details on the topic configs. It is supported only in combination with --create if "
            + "--bootstrap-server option is used (the kafka-configs CLI supports altering topic configs with a --bootstrap-server "
            + "option).",
            "name=value");
        _deleteConfig = _parser.Value("delete-config", DeleteConfigText, "name");
        _partitions = _parser.Value("partitions", PartitionsText, "# of partitions", type: "Integer");
        _replicationFactor = _parser.Value("replication-factor", ReplicationFactorText, "replication factor", type: "Integer");
        _replicaAssignment = _parser.Value(
            "replica-assignment", ReplicaAssignmentText, "broker_id_for_part1_replica1 : broker_id_for_part1_replica2 , broker_id_for_part2_replica1 : broker_id_for_part2_replica2 , ...");
        _underReplicated =
            _parser.Flag("under-replicated-partitions", "if set when describing topics, only show under replicated partitions");
        _unavailable =
            _parser.Flag("unavailable-partitions", "if set when describing topics, only show partitions whose leader is not available");
        _underMinIsr = _parser.Flag("under-min-isr-partitions", UnderMinIsrPartitionsText);
        _atMinIsr = _parser.Flag("at-min-isr-partitions", AtMinIsrPartitionsText);
        _withOverrides =
            _parser.Flag("topics-with-overrides", "if set when describing topics, only show topics that have overridden configs");
        _ifExists = _parser.Flag("if-exists", IfExistsText);
        _ifNotExists = _parser.Flag("if-not-exists", IfNotExistsText);
        _excludeInternal =
            _parser.Flag("exclude-internal", ExcludeInternalText);
        _disableRackAware = _parser.Hidden("disable-rack-aware", OptionArgument.None);
        _parser.Hidden("force", OptionArgument.None);
        _parser.Value(
            "partition-size-limit-per-response",
            PartitionSizeLimitPerResponseText,
            "maximum number of partitions in one response.", type: "Integer");
    }

    public FailureForm Failures => FailureForm.MessageAndTrace;

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        if (args.Count == 0)
        {
            throw _parser.Usage("Create, delete, describe, or change a topic.");
        }

        var options = _parser.Parse(args, Purpose);
        CheckArguments(options);
        TopicFacts.Begin(host.Facts);
        await using var network = host.OpenNetwork();
        await using var service = await OpenServiceAsync(options, host, network);
        try
        {
            if (options.Has(_topicId) && options.Has(_topic))
            {
                host.Out.WriteLine(
                    "Only topic id will be used when both --topic and --topic-id are specified and topicId is not Uuid.ZERO_UUID");
            }

            await RunActionAsync(options, service);
            return 0;
        }
        catch (Exception caught) when (caught is KafkaException or ToolException or JavaFailure or ZooKeeperException)
        {
            // Kafka's tool checks values of configs itself and names another class than brokers do.
            var failure = caught is KafkaException { Code: ErrorCode.InvalidConfig }
                && caught.Message.StartsWith("Invalid value", StringComparison.Ordinal)
                ? new KafkaConfigException(caught.Message)
                : caught;
            host.Facts?.Failure = failure;
            host.Out.WriteLine($"Error while executing topic command : {failure.Message}");
            var command = options.Has(_zooKeeper) ? "kafka.admin.TopicCommand$" : "org.apache.kafka.tools.TopicCommand";
            host.Log("ERROR", JavaException.Trace(failure) + "\n", command);
            return 1;
        }
    }

    private async Task<ITopicService> OpenServiceAsync(ParsedOptions options, ToolHost host, ToolNetwork network)
    {
        if (options.Value(_zooKeeper) is { } connect)
        {
            var store = await network.OpenStoreAsync(host, connect, ZooKeeperTopicService.LastWithoutTopicIds);
            return new ZooKeeperTopicService(store, host.Random, host.Out, host.Facts);
        }

        var admin = await network.AdminAsync(host, options.Text(_bootstrapServer), options.Value(_commandConfig));
        return new AdminTopicService(admin, host.Out, host.Facts);
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
            throw new JavaFailure(
                "java.lang.IllegalArgumentException",
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
