using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Options;
using ClassicBroker.Tools.Reassignment;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-reassign-partitions.sh</c>.</summary>
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
    }

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(args, "This tool helps to move topic partitions between replicas.");
        CheckArguments(options);
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
        catch (Exception failure) when (failure is KafkaException or JavaFailure)
        {
            host.Facts?.Failure = failure;
            host.Out.WriteLine($"Error: {failure.Message}");
            host.Out.WriteLine(JavaException.Trace(failure));
        }

        return 1;
    }

    private async Task RunActionAsync(ParsedOptions options, ToolHost host, PartitionMoves moves)
    {
        if (options.Has(_list))
        {
            await moves.ListAsync();
        }
        else if (options.Has(_generate))
        {
            var topics = ReassignmentJson.ParseTopics(host.ReadText(options.Text(_topicsFile)));
            await moves.GenerateAsync(topics, Brokers(options.Text(_brokerList)), !options.Has(_disableRackAware));
        }
        else if (options.Has(_execute))
        {
            await moves.ExecuteAsync(
                ReassignmentJson.ParseExecutable(host.ReadText(options.Text(_reassignmentFile))),
                options.Has(_additional),
                options.Int64(_throttle),
                options.Int64(_logDirThrottle),
                TimeSpan.FromMilliseconds(options.Int64(_timeout)));
        }
        else if (options.Has(_verify))
        {
            var plan = ReassignmentJson.Parse(host.ReadText(options.Text(_reassignmentFile)));
            if (options.Has(_wait))
            {
                await moves.AwaitAsync(plan);
            }

            await moves.VerifyAsync(plan, options.Has(_preserveThrottles));
        }
        else
        {
            await moves.CancelAsync(
                ReassignmentJson.Parse(host.ReadText(options.Text(_reassignmentFile))), options.Has(_preserveThrottles));
        }
    }

    private static int[] Brokers(string text)
    {
        var brokers = text.Split(',').Select(Broker).ToArray();
        var repeated = brokers.GroupBy(broker => broker).Where(group => group.Count() > 1).Select(group => group.Key).ToArray();
        return repeated.Length == 0
            ? brokers
            : throw ReassignmentJson.Failed($"Broker list contains duplicate entries: {string.Join(",", repeated)}");
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

        if (!options.Has(_bootstrapServer))
        {
            throw _parser.Usage("Please specify --bootstrap-server");
        }

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
            action == _generate ? [_topicsFile, _brokerList, _disableRackAware]
            : action == _execute ? [_reassignmentFile, _additional, _throttle, _logDirThrottle, _timeout]
            : action == _verify ? [_reassignmentFile, _preserveThrottles, _wait]
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
