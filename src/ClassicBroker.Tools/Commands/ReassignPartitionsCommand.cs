using ClassicBroker.Client;
using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Options;
using ClassicBroker.Tools.Reassignment;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-reassign-partitions.sh</c>: by brokers as in Kafka 3.9, and by <c>--zookeeper</c> as in 2.2.</summary>
internal sealed class ReassignPartitionsCommand : ICommand
{
    private readonly OptionParser _parser = new(OptionErrors.Failure);
    private readonly OptionSpec _bootstrapServer;
    private readonly OptionSpec _commandConfig;
    private readonly OptionSpec _generate;
    private readonly OptionSpec _execute;
    private readonly OptionSpec _verify;
    private readonly OptionSpec _cancel;
    private readonly OptionSpec _list;
    private readonly OptionSpec _reassignmentFile;
    private readonly OptionSpec _topicsFile;
    private readonly OptionSpec _brokerList;
    private readonly OptionSpec _disableRackAware;
    private readonly OptionSpec _throttle;
    private readonly OptionSpec _logDirThrottle;
    private readonly OptionSpec _timeout;
    private readonly OptionSpec _additional;
    private readonly OptionSpec _preserveThrottles;
    private readonly OptionSpec _wait;
    private readonly OptionSpec _zooKeeper;

    public ReassignPartitionsCommand()
    {
        _bootstrapServer = _parser.Value(
            "bootstrap-server",
            "REQUIRED: the server(s) to use for bootstrapping.",
            "Server(s) to use for bootstrapping");
        _commandConfig = _parser.Value(
            "command-config",
            "Property file containing configs to be passed to Admin Client.",
            "Admin client property file");
        _generate = _parser.Flag(
            "generate",
            "Generate a candidate partition reassignment configuration. Note that this only generates a candidate assignment, it "
            + "does not execute it.");
        _execute = _parser.Flag("execute", "Kick off the reassignment as specified by the --reassignment-json-file option.");
        _verify = _parser.Flag(
            "verify",
            "Verify if the reassignment completed as specified by the --reassignment-json-file option. If there is a throttle "
            + "engaged for the replicas specified, and the rebalance has completed, the throttle will be removed");
        _cancel = _parser.Flag("cancel", "Cancel an active reassignment.");
        _list = _parser.Flag("list", "List all active partition reassignments.");
        _reassignmentFile = _parser.Value(
            "reassignment-json-file",
            "The JSON file with the partition reassignment configurationThe format to use is -\n{\"partitions\":\n\t[{\"topic\": "
            + "\"foo\",\n\t  \"partition\": 1,\n\t  \"replicas\": [1,2,3],\n\t  \"log_dirs\": [\"dir1\",\"dir2\",\"dir3\"] "
            + "}],\n\"version\":1\n}\nNote that \"log_dirs\" is optional. When it is specified, its length must equal the length "
            + "of the replicas list. The value in this list can be either \"any\" or the absolution path of the log directory on "
            + "the broker. If absolute log directory path is specified, the replica will be moved to the specified log directory "
            + "on the broker.",
            "manual assignment json file path");
        _topicsFile = _parser.Value(
            "topics-to-move-json-file",
            "Generate a reassignment configuration to move the partitions of the specified topics to the list of brokers "
            + "specified by the --broker-list option. The format to use is -\n{\"topics\":\n\t[{\"topic\": \"foo\"},{\"topic\": "
            + "\"foo1\"}],\n\"version\":1\n}",
            "topics to reassign json file path");
        _brokerList = _parser.Value(
            "broker-list",
            "The list of brokers to which the partitions need to be reassigned in the form \"0,1,2\". This is required if "
            + "--topics-to-move-json-file is used to generate reassignment configuration",
            "brokerlist");
        _disableRackAware = _parser.Flag("disable-rack-aware", "Disable rack aware replica assignment");
        _throttle = _parser.Value(
            "throttle",
            "The movement of partitions between brokers will be throttled to this value (bytes/sec). This option can be included "
            + "with --execute when a reassignment is started, and it can be altered by resubmitting the current reassignment along "
            + "with the --additional flag. The throttle rate should be at least 1 KB/s.",
            "throttle", "-1", "Long");
        _logDirThrottle =
            _parser.Value(
                "replica-alter-log-dirs-throttle",
                "The movement of replicas between log directories on the same broker will be throttled to this value "
                + "(bytes/sec). This option can be included with --execute when a reassignment is started, and it can be altered "
                + "by resubmitting the current reassignment along with the --additional flag. The throttle rate should be at least "
                + "1 KB/s.",
                "replicaAlterLogDirsThrottle", "-1", "Long");
        _timeout = _parser.Value(
            "timeout",
            "The maximum time in ms to wait for log directory replica assignment to begin.",
            "timeout", "10000", "Long");
        _additional = _parser.Flag(
            "additional",
            "Execute this reassignment in addition to any other ongoing ones. This option can also be used to change the "
            + "throttle of an ongoing reassignment.");
        _preserveThrottles = _parser.Flag("preserve-throttles", "Do not modify broker or topic throttles.");

        // Ours: Kafka's tool has to be called until nothing is in progress.
        _wait = _parser.Hidden("wait", OptionArgument.None);
        _zooKeeper = _parser.Hidden("zookeeper", OptionArgument.Required);
    }

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(args, "This tool helps to move topic partitions between replicas.");
        CheckArguments(options);
        return options.Value(_zooKeeper) is { } connect
            ? await RunByZooKeeperAsync(connect, options, host)
            : await RunByBrokersAsync(options, host);
    }

    private async Task<int> RunByBrokersAsync(ParsedOptions options, ToolHost host)
    {
        try
        {
            await using var network = host.OpenNetwork();
            await using var admin = await network.AdminAsync(host, options.Text(_bootstrapServer), options.Value(_commandConfig));
            await RunActionAsync(options, host, new PartitionMoves(admin, host));
            return 0;
        }
        catch (ToolException refused)
        {
            host.Facts?.Failure = refused;
            host.Out.WriteLine(refused.Message);
        }
        catch (Exception caught) when (caught is KafkaException or JavaFailure)
        {
            var failure = JavaException.OfFuture(caught);
            host.Facts?.Failure = caught;
            host.Out.WriteLine($"Error: {failure.Message}");
            host.Out.WriteLine(JavaException.Trace(failure));
        }

        return 1;
    }

    private async Task<int> RunByZooKeeperAsync(string connect, ParsedOptions options, ToolHost host)
    {
        await using var network = host.OpenNetwork();
        await using var store = await network.OpenStoreAsync(host, connect, MetadataVersions.Latest);
        try
        {
            await using var admin = options.Has(_bootstrapServer)
                ? await network.AdminAsync(host, options.Text(_bootstrapServer), options.Value(_commandConfig))
                : null;
            await RunActionAsync(options, host, new ZooKeeperMoves(store.Metadata, admin, host));
            return 0;
        }
        catch (Exception caught) when (
            caught is KafkaException or ToolException or JavaFailure or ZooKeeperException or MalformedDataException)
        {
            var failure = ReassignmentJson.NamedAsBefore(caught);
            host.Facts?.Failure = failure;
            host.Out.WriteLine($"Partitions reassignment failed due to {failure.Message}");
            host.Out.WriteLine(JavaException.Trace(failure));
            return 1;
        }
    }

    private async Task RunActionAsync(ParsedOptions options, ToolHost host, ZooKeeperMoves moves)
    {
        if (options.Has(_generate))
        {
            var brokers = Brokers(options.Text(_brokerList));
            await moves.GenerateAsync(Topics(options, host), brokers, !options.Has(_disableRackAware));
        }
        else if (options.Has(_execute))
        {
            await moves.ExecuteAsync(
                ReassignmentJson.ParseExecutable(Plan(options, host), whereEmpty: "Partition reassignment data file is empty"),
                options.Int64(_throttle),
                options.Int64(_logDirThrottle),
                TimeSpan.FromMilliseconds(options.Int64(_timeout)));
        }
        else
        {
            await moves.VerifyAsync(ReassignmentJson.Parse(Plan(options, host)), options.Has(_preserveThrottles));
        }
    }

    private async Task RunActionAsync(ParsedOptions options, ToolHost host, PartitionMoves moves)
    {
        if (options.Has(_list))
        {
            await moves.ListAsync();
        }
        else if (options.Has(_generate))
        {
            var brokers = Brokers(options.Text(_brokerList));
            await moves.GenerateAsync(Topics(options, host), brokers, !options.Has(_disableRackAware));
        }
        else if (options.Has(_execute))
        {
            await moves.ExecuteAsync(
                ReassignmentJson.ParseExecutable(Plan(options, host)),
                options.Has(_additional),
                options.Int64(_throttle),
                options.Int64(_logDirThrottle),
                TimeSpan.FromMilliseconds(options.Int64(_timeout)));
        }
        else if (options.Has(_verify))
        {
            var plan = ReassignmentJson.Parse(Plan(options, host));
            if (options.Has(_wait))
            {
                await moves.AwaitAsync(plan);
            }

            await moves.VerifyAsync(plan, options.Has(_preserveThrottles));
        }
        else
        {
            await moves.CancelAsync(
                ReassignmentJson.Parse(Plan(options, host)),
                options.Has(_preserveThrottles),
                TimeSpan.FromMilliseconds(options.Int64(_timeout)));
        }
    }

    private string Plan(ParsedOptions options, ToolHost host) => host.ReadText(options.Text(_reassignmentFile));

    private IReadOnlyList<string> Topics(ParsedOptions options, ToolHost host) =>
        Distinct(ReassignmentJson.ParseTopics(host.ReadText(options.Text(_topicsFile))), "List of topics to reassign");

    private static IReadOnlyList<int> Brokers(string text) => Distinct([.. text.Split(',').Select(Broker)], "Broker list");

    private static IReadOnlyList<T> Distinct<T>(IReadOnlyList<T> items, string list)
    {
        var repeated = items.GroupBy(item => item).Where(group => group.Count() > 1).Select(group => group.Key).ToArray();
        return repeated.Length == 0
            ? items
            : throw ReassignmentJson.Failed($"{list} contains duplicate entries: [{string.Join(", ", repeated)}]");
    }

    private static int Broker(string text) =>
        JavaText.TryParseInt(text, out var id)
            ? id
            : throw new JavaFailure("java.lang.NumberFormatException", $"For input string: \"{text}\"");

    private void CheckArguments(ParsedOptions options)
    {
        OptionSpec[] actions = [_generate, _execute, _verify, _cancel, _list];
        if (actions.Count(options.Has) != 1)
        {
            throw _parser.Usage(
                $"Command must include exactly one action: {string.Join(", ", actions.Select(action => "--" + action.Name))}");
        }

        if (!options.Has(_bootstrapServer) && !options.Has(_zooKeeper))
        {
            throw _parser.Usage("Please specify --bootstrap-server");
        }

        options.Forbid(_zooKeeper, _additional, _wait);
        var action = Array.Find(actions, options.Has)!;
        if (action == _generate)
        {
            options.Require(_topicsFile, _brokerList);
        }
        else if (action != _list)
        {
            options.Require(_reassignmentFile);
        }

        OptionSpec[] always = [_bootstrapServer, _commandConfig, action];
        OptionSpec[] allowed =
            action == _generate ? [_topicsFile, _brokerList, _disableRackAware, _zooKeeper]
            : action == _execute ? [_reassignmentFile, _additional, _throttle, _logDirThrottle, _timeout, _zooKeeper]
            : action == _verify ? [_reassignmentFile, _preserveThrottles, _wait, _zooKeeper]
            : action == _cancel ? [_reassignmentFile, _preserveThrottles, _timeout]
            : [];
        foreach (var option in _parser.Specs)
        {
            if (options.Has(option) && !allowed.Contains(option) && !always.Contains(option))
            {
                throw _parser.Usage($"Option \"[{option.Name}]\" can't be used with action \"[{action.Name}]\"");
            }
        }
    }
}
