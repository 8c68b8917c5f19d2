using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Arguments;
using ClassicBroker.Tools.Verifiable;

namespace ClassicBroker.Tools.Commands;

/// <summary>
/// <c>kafka-verifiable-consumer.sh</c>: reads a topic as a member of a group and tells as JSON lines what it got, what it committed and
/// which partitions it had, so that a test can check them against what was sent.
/// </summary>
internal sealed class VerifiableConsumerCommand : ICommand
{
    private static readonly string[] ResetPolicies = ["earliest", "latest", "none"];
    private static readonly TimeSpan PollTimeout = TimeSpan.FromSeconds(1);

    private readonly ArgumentParser _parser = new(
        "verifiable-consumer",
        "This tool consumes messages from a specific topic and emits consumer events (e.g. group rebalances, received messages, and offsets "
        + "committed) as JSON objects to STDOUT.");
    private readonly ArgumentSpec _topic;
    private readonly ArgumentSpec _groupProtocol;
    private readonly ArgumentSpec _groupId;
    private readonly ArgumentSpec _groupInstanceId;
    private readonly ArgumentSpec _maxMessages;
    private readonly ArgumentSpec _sessionTimeout;
    private readonly ArgumentSpec _verbose;
    private readonly ArgumentSpec _enableAutocommit;
    private readonly ArgumentSpec _resetPolicy;
    private readonly ArgumentSpec _assignmentStrategy;
    private readonly ArgumentSpec _consumerConfig;
    private readonly ArgumentSpec _bootstrapServer;
    private readonly ArgumentSpec _brokerList;

    public VerifiableConsumerCommand()
    {
        _topic = _parser.Value("--topic", "TOPIC", "Consumes messages from this topic.", isRequired: true);
        _groupProtocol = _parser.Value(
            "--group-protocol", "GROUP_PROTOCOL", "Group protocol (must be one of CLASSIC, CONSUMER)", "classic");
        _parser.Value(
            "--group-remote-assignor", "GROUP_REMOTE_ASSIGNOR", "Group remote assignor; only used if the group protocol is CONSUMER");
        _groupId = _parser.Value("--group-id", "GROUP_ID", "The groupId shared among members of the consumer group", isRequired: true);
        _groupInstanceId = _parser.Value("--group-instance-id", "GROUP_INSTANCE_ID", "A unique identifier of the consumer instance");
        _maxMessages = _parser.Value(
            "--max-messages",
            "MAX-MESSAGES",
            "Consume this many messages. If -1 (the default), the consumer will consume until the process is killed externally",
            "-1");
        _sessionTimeout = _parser.Value("--session-timeout", "TIMEOUT_MS", "Set the consumer's session timeout", "30000");
        _verbose = _parser.Flag("--verbose", "Enable to log individual consumed records (default: false)");
        _enableAutocommit = _parser.Flag("--enable-autocommit", "Enable offset auto-commit on consumer (default: false)");
        _resetPolicy = _parser.Value(
            "--reset-policy", "RESETPOLICY", "Set reset policy (must be either 'earliest', 'latest', or 'none'", "earliest");
        _assignmentStrategy = _parser.Value(
            "--assignment-strategy",
            "ASSIGNMENTSTRATEGY",
            "Set assignment strategy (e.g. org.apache.kafka.clients.consumer.RoundRobinAssignor); only used if the group protocol is CLASSIC",
            "org.apache.kafka.clients.consumer.RangeAssignor");
        _consumerConfig = _parser.Value(
            "--consumer.config",
            "CONFIG_FILE",
            "Consumer config properties file (config options shared with command line parameters will be overridden).");
        (_bootstrapServer, _brokerList) = ConnectionArguments.Add(
            _parser, "REQUIRED unless --broker-list(deprecated) is specified. The server(s) to connect to.");
    }

    public FailureForm Failures => FailureForm.Trace;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        if (args.Count == 0)
        {
            host.Out.Write(ArgumentHelp.Format(_parser));
            return 0;
        }

        var options = _parser.Parse(args);
        var config = Config(options, host);
        var interrupted = host.Interruption.Expect();
        var log = new ConsumptionLog(new VerifiableEvents(host.Out, host.Time), options.Has(_verbose), options.Int32(_maxMessages));
        await using (var network = host.OpenNetwork())
        {
            log.Started();
            await using var consumer = await network.ConsumerAsync(config, Serdes.String, Serdes.String);
            consumer.Subscribe([options.Text(_topic)], log);
            while (!log.IsFinished && !interrupted.IsCancellationRequested)
            {
                await ConsumeAsync(consumer, log, config.EnableAutoCommit, interrupted);
            }
        }

        log.Ended();
        return host.Interruption.IsRequested ? host.Interruption.ExitCode : 0;
    }

    private static async Task ConsumeAsync(
        KafkaConsumer<string?, string?> consumer, ConsumptionLog log, bool commitsByItself, CancellationToken interrupted)
    {
        IReadOnlyList<ConsumerRecord<string?, string?>> records;
        try
        {
            records = await consumer.PollAsync(PollTimeout, interrupted);
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            return;
        }

        if (records.Count == 0)
        {
            return;
        }

        var offsets = log.Consumed(records);
        if (!commitsByItself)
        {
            await CommitAsync(consumer, log, offsets);
        }
    }

    private static async Task CommitAsync(
        KafkaConsumer<string?, string?> consumer, ConsumptionLog log, IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets)
    {
        KafkaException? failure = null;
        try
        {
            await consumer.CommitAsync(offsets);
        }
        catch (KafkaException refused) when (refused.Code != ErrorCode.FencedInstanceId)
        {
            failure = refused;
        }

        log.Committed(offsets, failure);
    }

    private ConsumerConfig Config(ParsedArguments options, ToolHost host)
    {
        var protocol = options.Text(_groupProtocol);
        if (!protocol.Equals("classic", StringComparison.OrdinalIgnoreCase))
        {
            throw options.Wrong(
                protocol.Equals("consumer", StringComparison.OrdinalIgnoreCase)
                    ? "the group protocol CONSUMER needs a cluster with KRaft"
                    : $"argument --group-protocol: invalid choice: '{protocol}' (choose from 'CLASSIC', 'CONSUMER')");
        }

        var policy = options.Text(_resetPolicy);
        if (!ResetPolicies.Contains(policy))
        {
            throw options.Wrong($"argument --reset-policy: invalid choice: '{policy}' (choose from {{earliest,latest,none}})");
        }

        var properties = host.Load(options.Value(_consumerConfig));
        properties["bootstrap.servers"] = options.Value(_bootstrapServer) ?? options.Text(_brokerList);
        properties["group.id"] = options.Text(_groupId);
        if (options.Value(_groupInstanceId) is { } instance)
        {
            properties["group.instance.id"] = instance;
        }

        properties["session.timeout.ms"] = options.Text(_sessionTimeout);
        properties["partition.assignment.strategy"] = options.Text(_assignmentStrategy);
        properties["enable.auto.commit"] = options.Has(_enableAutocommit) ? "true" : "false";
        properties["auto.offset.reset"] = policy;
        return ConsumerConfig.FromProperties(properties);
    }
}
