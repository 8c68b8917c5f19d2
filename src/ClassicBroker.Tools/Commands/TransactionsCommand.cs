using ClassicBroker.Client;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Arguments;
using ClassicBroker.Tools.Transactions;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-transactions.sh</c> (KIP-664): lists and describes transactions, finds and aborts those that hang.</summary>
internal sealed class TransactionsCommand : ICommand
{
    private const int MinuteMs = 60_000;

    private readonly ArgumentParser _parser = new(
        "kafka-transactions.sh",
        "This tool is used to analyze the transactional state of producers in the cluster. It can be used to detect and recover from "
        + "hanging transactions.")
    {
        CommandMetavar = "COMMAND",
        Version = ToolRunner.KafkaVersion,
    };

    private readonly ArgumentSpec _bootstrapServer;
    private readonly ArgumentSpec _commandConfig;
    private readonly ArgumentSpec _durationFilter;
    private readonly ArgumentSpec _transactionalId;
    private readonly ProducerArguments _producers;
    private readonly AbortArguments _abort;
    private readonly HangingArguments _hanging;

    public TransactionsCommand()
    {
        _commandConfig = _parser.Value("--command-config", "FILE", "property file containing configs to be passed to admin client");
        _bootstrapServer = _parser.Value(
            "--bootstrap-server",
            "host:port",
            "hostname and port for the broker to connect to, in the form `host:port`  (multiple comma-separated entries can be given)",
            isRequired: true);
        var list = _parser.Command("list", "list transactions");
        _durationFilter = list.Value(
            "--duration-filter",
            "DURATION_FILTER",
            "Duration (in millis) to filter by: if < 0, all transactions will be returned; otherwise, only transactions running longer "
            + "than this duration will be returned");
        var describe = _parser.Command("describe", "describe the state of an active transactional-id");
        _transactionalId = describe.Value("--transactional-id", "TRANSACTIONAL_ID", "transactional id", isRequired: true);
        _producers = new ProducerArguments(
            _parser.Command("describe-producers", "describe the states of active producers for a topic partition"));
        _abort = new AbortArguments(_parser.Command("abort", "abort a hanging transaction (requires administrative privileges)"));
        _hanging = new HangingArguments(_parser.Command("find-hanging", "find hanging transactions"));
    }

    public FailureForm Failures => FailureForm.MessageAndTrace;

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(args);
        await using var network = host.OpenNetwork();
        await using var admin = await network.AdminAsync(host, options.Text(_bootstrapServer), options.Value(_commandConfig));
        await (options.Command switch
        {
            "list" => ListAsync(admin, options, host),
            "describe" => DescribeAsync(admin, options.Text(_transactionalId), host),
            "describe-producers" => DescribeProducersAsync(admin, options, host),
            "abort" => AbortAsync(admin, options),
            _ => FindHangingAsync(admin, options, host),
        });
        return 0;
    }

    private async Task ListAsync(AdminClient admin, ParsedArguments options, ToolHost host)
    {
        var durationMs = options.Has(_durationFilter) ? options.Int64(_durationFilter) : -1;
        var listed = await AskAsync(
            "Failed to list transactions", async () => (await admin.ListTransactionsAsync(durationMs: durationMs)).ThrowIfFailed());
        TransactionTable.Print(
            host,
            "transactions",
            ["TransactionalId", "Coordinator", "ProducerId", "TransactionState"],
            listed.Select(one => new object?[] { one.TransactionalId, one.Coordinator, one.ProducerId, one.State }));
    }

    private static async Task DescribeAsync(AdminClient admin, string transactionalId, ToolHost host)
    {
        var described = await AskAsync(
            $"Failed to describe transaction state of transactional-id `{transactionalId}`", () => DescribeAsync(admin, transactionalId));
        TransactionTable.Print(
            host,
            "transactions",
            [
                "CoordinatorId", "TransactionalId", "ProducerId", "ProducerEpoch", "TransactionState", "TransactionTimeoutMs",
                "CurrentTransactionStartTimeMs", "TransactionDurationMs", "TopicPartitions",
            ],
            [
                [
                    described.Coordinator,
                    transactionalId,
                    described.ProducerId,
                    described.ProducerEpoch,
                    described.State,
                    described.TimeoutMs,
                    described.StartMs,
                    host.Time.UnixMs() - described.StartMs,
                    described.Partitions,
                ],
            ]);
    }

    private static async Task<TransactionDescription> DescribeAsync(AdminClient admin, string transactionalId)
    {
        try
        {
            return await admin.DescribeTransactionAsync(transactionalId);
        }
        catch (KafkaException failure) when (failure.Code == ErrorCode.TransactionalIdNotFound)
        {
            throw new KafkaException(
                failure.Code,
                $"DescribeTransactions request for transactionalId `{transactionalId}` failed because the ID could not be found");
        }
    }

    /// <summary>Names what was asked where it is refused.</summary>
    private static async Task<T> AskAsync<T>(string complaint, Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (KafkaException failure)
        {
            throw new ToolException($"{complaint}: {failure.Message}. Enable debug logging for additional detail.", failure);
        }
    }

    private async Task DescribeProducersAsync(AdminClient admin, ParsedArguments options, ToolHost host)
    {
        var partition = new TopicPartition(options.Text(_producers.Topic), options.Int32(_producers.Partition));
        int? broker = options.Has(_producers.Broker) ? options.Int32(_producers.Broker) : null;
        var producers = await AskAsync(
            $"Failed to describe producers for partition {partition} on {(broker is null ? "leader" : $"broker {broker}")}",
            () => admin.DescribeProducersAsync(partition, broker));
        TransactionTable.Print(
            host,
            "producers",
            ["ProducerId", "ProducerEpoch", "LatestCoordinatorEpoch", "LastSequence", "LastTimestamp", "CurrentTransactionStartOffset"],
            producers.Select(one => new object?[]
            {
                one.ProducerId, one.ProducerEpoch, one.CoordinatorEpoch, one.LastSequence, one.LastTimestampMs, one.TransactionStartOffset,
            }));
    }

    private async Task AbortAsync(AdminClient admin, ParsedArguments options)
    {
        var partition = new TopicPartition(options.Text(_abort.Topic), options.Int32(_abort.Partition));
        if (options.Has(_abort.StartOffset))
        {
            var offset = options.Int64(_abort.StartOffset);
            var producers = await AskAsync(
                $"Failed to validate producer state for partition {partition}", () => admin.DescribeProducersAsync(partition));
            var open = producers.FirstOrDefault(one => one.TransactionStartOffset == offset)
                ?? throw new ToolException($"Could not find any open transactions starting at offset {offset} on partition {partition}");
            await AbortAsync(admin, partition, open.ProducerId, (short)open.ProducerEpoch, open.CoordinatorEpoch);
            return;
        }

        if (!options.Has(_abort.ProducerId) || !options.Has(_abort.ProducerEpoch) || !options.Has(_abort.CoordinatorEpoch))
        {
            throw new ToolException(
                "The transaction to abort must be identified either with --start-offset (for brokers on 3.0 or above) or with "
                + "--producer-id, --producer-epoch, and --coordinator-epoch (for older brokers)");
        }

        await AbortAsync(
            admin,
            partition,
            options.Int64(_abort.ProducerId),
            checked((short)options.Int32(_abort.ProducerEpoch)),
            options.Int32(_abort.CoordinatorEpoch));
    }

    private static Task<bool> AbortAsync(
        AdminClient admin, TopicPartition partition, long producerId, short producerEpoch, int knownCoordinatorEpoch)
    {
        var coordinatorEpoch = Math.Max(knownCoordinatorEpoch, 0);
        return AskAsync(
            $"Failed to abort transaction AbortTransactionSpec(topicPartition={partition}, producerId={producerId}, "
            + $"producerEpoch={producerEpoch}, coordinatorEpoch={coordinatorEpoch})",
            async () =>
            {
                await admin.AbortTransactionAsync(partition, producerId, producerEpoch, coordinatorEpoch);
                return true;
            });
    }

    /// <summary>Transactions open in a partition for longer than any may be, of which their coordinator knows nothing.</summary>
    private async Task FindHangingAsync(AdminClient admin, ParsedArguments options, ToolHost host)
    {
        var nowMs = host.Time.UnixMs();
        var limitMs = (long)options.Int32(_hanging.MaxTimeout) * MinuteMs;
        var open = new List<(TopicPartition Partition, ProducerDescription Producer)>();
        foreach (var (partition, broker) in await CandidatesAsync(admin, options))
        {
            open.AddRange((await admin.DescribeProducersAsync(partition, broker))
                .Where(producer => producer.TransactionStartOffset is not null && nowMs - producer.LastTimestampMs > limitMs)
                .Select(producer => (partition, producer)));
        }

        var held = open.Count == 0 ? [] : await HeldAsync(admin, [.. open.Select(each => each.Producer.ProducerId).Distinct().Order()]);
        TransactionTable.Print(
            host,
            "hangingTransactions",
            ["Topic", "Partition", "ProducerId", "ProducerEpoch", "CoordinatorEpoch", "StartOffset", "LastTimestamp", "Duration(min)"],
            open.Where(each => !held.Contains((each.Producer.ProducerId, each.Partition))).Select(each => new object?[]
            {
                each.Partition.Topic, each.Partition.Partition, each.Producer.ProducerId, each.Producer.ProducerEpoch,
                each.Producer.CoordinatorEpoch, each.Producer.TransactionStartOffset, each.Producer.LastTimestampMs,
                (nowMs - each.Producer.LastTimestampMs) / MinuteMs,
            }));
    }

    private async Task<List<(TopicPartition Partition, int? Broker)>> CandidatesAsync(AdminClient admin, ParsedArguments options)
    {
        int? broker = options.Has(_hanging.Broker) ? options.Int32(_hanging.Broker) : null;
        var topic = options.Value(_hanging.Topic);
        if (topic is null && options.Has(_hanging.Partition))
        {
            throw new ToolException("The --partition argument requires --topic to be provided");
        }

        if (topic is null && broker is null)
        {
            throw new ToolException(
                "The `find-hanging` command requires either --topic or --broker-id to limit the scope of the search");
        }

        var described = await admin.DescribeTopicsAsync(topic is null ? null : [topic]);
        return
        [
            .. described.SelectMany(each => each.ThrowIfFailed().Partitions
                .Where(partition => (broker is not { } id || partition.Replicas.Contains(id))
                    && (!options.Has(_hanging.Partition) || partition.Partition == options.Int32(_hanging.Partition)))
                .Select(partition => (new TopicPartition(each.Name, partition.Partition), broker))),
        ];
    }

    /// <summary>What the transactions of these producers hold by their coordinators' word.</summary>
    private static async Task<HashSet<(long ProducerId, TopicPartition Partition)>> HeldAsync(AdminClient admin, long[] producerIds)
    {
        var held = new HashSet<(long, TopicPartition)>();
        foreach (var listed in (await admin.ListTransactionsAsync(producerIds)).ThrowIfFailed())
        {
            var described = await admin.DescribeTransactionAsync(listed.TransactionalId);
            held.UnionWith(described.Partitions.Select(partition => (described.ProducerId, partition)));
        }

        return held;
    }

    private sealed class ProducerArguments(ArgumentParser parser)
    {
        public ArgumentSpec Broker { get; } = parser.Value(
            "--broker-id", "BROKER_ID", "optional broker id to describe the producer state on a specific replica");

        public ArgumentSpec Topic { get; } = parser.Value("--topic", "TOPIC", "topic name", isRequired: true);

        public ArgumentSpec Partition { get; } = parser.Value("--partition", "PARTITION", "partition number", isRequired: true);
    }

    private sealed class AbortArguments(ArgumentParser parser)
    {
        public ArgumentSpec Topic { get; } = parser.Value("--topic", "TOPIC", "topic name", isRequired: true);

        public ArgumentSpec Partition { get; } = parser.Value("--partition", "PARTITION", "partition number", isRequired: true);

        public ArgumentSpec StartOffset { get; } = parser.Value(
            "--start-offset", "START_OFFSET", "start offset of the transaction to abort");

        public ArgumentSpec ProducerId { get; } = parser.Value("--producer-id", "PRODUCER_ID", "producer id");

        public ArgumentSpec ProducerEpoch { get; } = parser.Value("--producer-epoch", "PRODUCER_EPOCH", "producer epoch");

        public ArgumentSpec CoordinatorEpoch { get; } = parser.Value("--coordinator-epoch", "COORDINATOR_EPOCH", "coordinator epoch");
    }

    private sealed class HangingArguments(ArgumentParser parser)
    {
        public ArgumentSpec Broker { get; } = parser.Value("--broker-id", "BROKER_ID", "broker id to search for hanging transactions");

        public ArgumentSpec MaxTimeout { get; } = parser.Value(
            "--max-transaction-timeout",
            "MAX_TRANSACTION_TIMEOUT",
            "maximum transaction timeout in minutes to limit the scope of the search (15 minutes by default)",
            @default: "15");

        public ArgumentSpec Topic { get; } = parser.Value(
            "--topic", "TOPIC", "topic name to limit search to (required if --partition is specified)");

        public ArgumentSpec Partition { get; } = parser.Value("--partition", "PARTITION", "partition number");
    }
}
