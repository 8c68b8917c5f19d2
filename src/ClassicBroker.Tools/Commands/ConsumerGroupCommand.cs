using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Groups;
using ClassicBroker.Tools.Options;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-consumer-groups.sh</c>.</summary>
internal sealed class ConsumerGroupCommand : ICommand
{
    private const string CommandConfigText =
        "Property file containing configs to be passed to Admin Client and Consumer.";

    private const string DescribeText =
        "Describe consumer group and list offset lag (number of messages not yet processed) related to given group.";

    private const string DeleteText =
        "Pass in groups to delete topic partition offsets and ownership information over the entire consumer group. For "
        + "instance --group g1 --group g2";

    private const string ResetOffsetsText =
        "Reset offsets of consumer group. Supports one consumer group at the time, and instances should be inactive\nHas 2 "
        + "execution options: --dry-run (the default) to plan which offsets to reset, and --execute to update the offsets. "
        + "Additionally, the --export option is used to export the results to a CSV format.\nYou must choose one of the "
        + "following reset specifications: --to-datetime, --by-duration, --to-earliest, --to-latest, --shift-by, --from-file, "
        + "--to-current, --to-offset.\nTo define the scope use --all-topics or --topic. One scope must be specified unless you "
        + "use '--from-file'.";

    private const string DeleteOffsetsText =
        "Delete offsets of consumer group. Supports one consumer group at the time, and multiple topics.";

    private const string TopicText =
        "The topic whose consumer group information should be deleted or topic whose should be included in the reset offset "
        + "process. In `reset-offsets` case, partitions can be specified using this format: `topic1: 0,1,2`, where 0,1,2 are "
        + "the partition to be included in the process. Reset-offsets also supports multiple topic inputs.";

    private const string TimeoutText =
        "The timeout that can be set for some use cases. For example, it can be used when describing the group to specify "
        + "the maximum amount of time in milliseconds to wait before the group stabilizes (when the group is just created, or "
        + "is going through some changes).";

    private const string MembersText =
        "Describe members of the group. This option may be used with '--describe' and '--bootstrap-server' options "
        + "only.\nExample: --bootstrap-server localhost: 9092 --describe --group group1 --members";

    private const string OffsetsText =
        "Describe the group and list all topic partitions in the group along with their offset lag. This is the default "
        + "sub-action of and may be used with '--describe' and '--bootstrap-server' options only.\nExample: --bootstrap-server "
        + "localhost: 9092 --describe --group group1 --offsets";

    private const string StateText =
        "When specified with '--describe', includes the state of the group.\nExample: --bootstrap-server localhost: 9092 "
        + "--describe --group group1 --state\nWhen specified with '--list', it displays the state of all groups. It can also "
        + "be used to list groups with specific states.\nExample: --bootstrap-server localhost: 9092 --list --state "
        + "stable,empty\nThis option may be used with '--describe', '--list' and '--bootstrap-server' options only.";

    private const string TypeText =
        "When specified with '--list', it displays the types of all the groups. It can also be used to list groups with "
        + "specific types.\nExample: --bootstrap-server localhost: 9092 --list --type classic,consumer\nThis option may be "
        + "used with the '--list' option only.";

    private const string VerboseText =
        "Provide additional information, if any, when describing the group. This option may be used with "
        + "'--offsets'/'--members'/'--state' and '--bootstrap-server' options only.\nExample: --bootstrap-server localhost: "
        + "9092 --describe --group group1 --members --verbose";

    private const string DryRunText =
        "Only show results without executing changes on Consumer Groups. Supported operations: reset-offsets.";

    private const string ToDatetimeText =
        "Reset offsets to offset from datetime. Format: 'YYYY-MM-DDTHH:mm:SS.sss'";

    private const string ByDurationText =
        "Reset offsets to offset by duration from current timestamp. Format: 'PnDTnHnMnS'";

    private const string ShiftByText =
        "Reset offsets shifting current offset by 'n', where 'n' can be positive or negative.";

    private const string MissingExecute =
        "WARN: No action will be performed as the --execute option is missing.In a future major release, the default behavior of this command "
        + "will be to prompt the user before executing the reset rather than doing a dry run. You should add the --dry-run option explicitly "
        + "if you are scripting this command and want to keep the current default behavior without prompting.";

    private readonly OptionParser _parser = new(OptionErrors.Failure);
    private readonly OptionSpec _bootstrapServer;
    private readonly OptionSpec _commandConfig;
    private readonly OptionSpec _list;
    private readonly OptionSpec _describe;
    private readonly OptionSpec _delete;
    private readonly OptionSpec _resetOffsets;
    private readonly OptionSpec _deleteOffsets;
    private readonly OptionSpec _group;
    private readonly OptionSpec _allGroups;
    private readonly OptionSpec _topic;
    private readonly OptionSpec _allTopics;
    private readonly OptionSpec _timeout;
    private readonly OptionSpec _members;
    private readonly OptionSpec _offsets;
    private readonly OptionSpec _state;
    private readonly OptionSpec _type;
    private readonly OptionSpec _verbose;
    private readonly OptionSpec _dryRun;
    private readonly OptionSpec _execute;
    private readonly OptionSpec _export;
    private readonly OptionSpec _toOffset;
    private readonly OptionSpec _toCurrent;
    private readonly OptionSpec _toDatetime;
    private readonly OptionSpec _fromFile;
    private readonly OptionSpec _byDuration;
    private readonly OptionSpec _toEarliest;
    private readonly OptionSpec _toLatest;
    private readonly OptionSpec _shiftBy;

    public ConsumerGroupCommand()
    {
        _bootstrapServer = _parser.Value("bootstrap-server", "REQUIRED: The server(s) to connect to.", "server to connect to");
        _commandConfig = _parser.Value("command-config", CommandConfigText, "command config property file");
        _list = _parser.Flag("list", "List all consumer groups.");
        _describe = _parser.Flag("describe", DescribeText);
        _delete = _parser.Flag("delete", DeleteText);
        _resetOffsets = _parser.Flag("reset-offsets", ResetOffsetsText);
        _deleteOffsets = _parser.Flag("delete-offsets", DeleteOffsetsText);
        _group = _parser.Value("group", "The consumer group we wish to act on.", "consumer group");
        _allGroups = _parser.Flag("all-groups", "Apply to all consumer groups.");
        _topic = _parser.Value("topic", TopicText, "topic");
        _allTopics = _parser.Flag("all-topics", "Consider all topics assigned to a group in the `reset-offsets` process.");
        _timeout = _parser.Value("timeout", TimeoutText, "timeout (ms)", "5000", "Long");
        _members = _parser.Flag("members", MembersText);
        _offsets = _parser.Flag("offsets", OffsetsText);
        _state = _parser.OptionalValue("state", StateText);
        _type = _parser.OptionalValue("type", TypeText);
        _verbose = _parser.Flag("verbose", VerboseText);
        _dryRun = _parser.Flag("dry-run", DryRunText);
        _execute = _parser.Flag("execute", "Execute operation. Supported operations: reset-offsets.");
        _export = _parser.Flag("export", "Export operation execution to a CSV file. Supported operations: reset-offsets.");
        _toOffset = _parser.Value("to-offset", "Reset offsets to a specific offset.", "offset", type: "Long");
        _toCurrent = _parser.Flag("to-current", "Reset offsets to current offset.");
        _toDatetime = _parser.Value("to-datetime", ToDatetimeText, "datetime");
        _fromFile = _parser.Value("from-file", "Reset offsets to values defined in CSV file.", "path to CSV file");
        _byDuration = _parser.Value("by-duration", ByDurationText, "duration");
        _toEarliest = _parser.Flag("to-earliest", "Reset offsets to earliest offset.");
        _toLatest = _parser.Flag("to-latest", "Reset offsets to latest offset.");
        _shiftBy = _parser.Value("shift-by", ShiftByText, "number-of-offsets", type: "Long");
    }

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(
            args,
            "This tool helps to list all consumer groups, describe a consumer group, delete consumer group info, or reset consumer group "
            + "offsets.");
        CheckArguments(options, host);
        var listing = options.Has(_list) ? Listing(options, host) : null;
        host.Facts?.AddList(GroupDocuments.Groups);
        try
        {
            await using var network = host.OpenNetwork();
            await using var admin = await network.AdminAsync(Config(options, host));
            await (host.Facts is { } facts ? RunActionAsync(options, listing, admin, new GroupDocuments(admin, host, facts), host)
                : listing is not null ? listing.PrintAsync(admin)
                : RunActionAsync(options, host, admin));
        }
        catch (Exception failure) when (failure is KafkaException or JavaFailure && host.Facts is not null)
        {
            host.Facts.Failure = failure;
        }
        catch (JavaFailure refused) when (refused.JavaClass == JavaFailure.IllegalArgument)
        {
            throw _parser.Usage(refused.Message);
        }
        catch (Exception failure) when (failure is KafkaException or JavaFailure)
        {
            // Kafka's tool tells of the failure and succeeds all the same; scripts read its output.
            var reported = failure as JavaFailure ?? JavaException.FromFuture(failure);
            host.Out.WriteLine($"\nError: Executing consumer group command failed due to {reported.Message}");
            await host.Error.WriteLineAsync(JavaException.Trace(reported));
        }

        return 0;
    }

    private async Task RunActionAsync(
        ParsedOptions options, GroupListings? listing, AdminClient admin, GroupDocuments documents, ToolHost host)
    {
        if (listing is not null)
        {
            documents.Add(await listing.GroupsAsync(admin));
        }
        else if (options.Has(_describe))
        {
            await documents.DescribeAsync(await GroupsAsync(options, admin), !options.Has(_members) && !options.Has(_state));
        }
        else if (options.Has(_delete))
        {
            await documents.DeleteAsync(await GroupsAsync(options, admin));
        }
        else if (options.Has(_resetOffsets))
        {
            await documents.ResetAsync(await GroupsAsync(options, admin), Plan(options, host));
        }
        else
        {
            await documents.DeleteOffsetsAsync(options.Text(_group), options.Values(_topic));
        }
    }

    private Task RunActionAsync(ParsedOptions options, ToolHost host, AdminClient admin) =>
        options.Has(_describe) ? DescribeAsync(options, host, admin)
        : options.Has(_delete) ? DeleteAsync(options, host, admin)
        : options.Has(_resetOffsets) ? ResetAsync(options, host, admin)
        : new OffsetDeletion(admin, host.Out).RunAsync(options.Text(_group), options.Values(_topic), new OffsetResets(admin, host));

    private AdminConfig Config(ParsedOptions options, ToolHost host)
    {
        var properties = host.Load(options.Value(_commandConfig));
        properties["bootstrap.servers"] = options.Text(_bootstrapServer);
        var config = AdminConfig.FromProperties(properties);
        return options.Has(_timeout)
            ? config with { DefaultApiTimeout = TimeSpan.FromMilliseconds(Math.Max(1, options.Int64(_timeout))) }
            : config;
    }

    private GroupListings Listing(ParsedOptions options, ToolHost host)
    {
        var (states, unknownState) = GroupListings.States(options.Value(_state));
        if (unknownState)
        {
            throw _parser.Usage(
                $"Invalid state list '{options.Value(_state)}'. Valid states are: {string.Join(", ", GroupListings.KnownStates)}");
        }

        var (types, unknownType) = GroupListings.Types(options.Value(_type));
        return unknownType
            ? throw _parser.Usage(
                $"Invalid types list '{options.Value(_type)}'. Valid types are: {string.Join(", ", GroupListings.KnownTypes)}")
            : new GroupListings(host.Out, states, types, options.Has(_state), options.Has(_type));
    }

    private async Task<IReadOnlyList<string>> GroupsAsync(ParsedOptions options, AdminClient admin) =>
        options.Has(_allGroups)
            ? (await admin.ListGroupsAsync()).ThrowIfFailed()
                .Where(group => ConsumerGroups.Has(group.ProtocolType))
                .Select(group => group.GroupId)
                .ToArray()
            : options.Values(_group);

    private async Task DescribeAsync(ParsedOptions options, ToolHost host, AdminClient admin)
    {
        List<GroupDescription> groups = [];
        foreach (var group in await GroupsAsync(options, admin))
        {
            groups.Add(await admin.DescribeConsumersAsync(group));
            if (groups[^1].Failure is { Code: not ErrorCode.GroupIdNotFound } refused)
            {
                throw refused;
            }
        }

        var reports = new GroupReports(admin, host);
        await (options.Has(_members) ? reports.PrintMembersAsync(groups, options.Has(_verbose))
            : options.Has(_state) ? reports.PrintStatesAsync(groups)
            : reports.PrintOffsetsAsync(groups));
    }

    private async Task DeleteAsync(ParsedOptions options, ToolHost host, AdminClient admin)
    {
        List<AdminResult> results = [];
        foreach (var group in await GroupsAsync(options, admin))
        {
            results.Add(await admin.DeleteGroupAsync(group));
        }

        var deleted = string.Join("', '", results.Where(result => result.Failure is null).Select(result => result.Name));
        var failed = results.Where(result => result.Failure is not null).ToArray();
        if (failed.Length == 0)
        {
            host.Out.WriteLine($"Deletion of requested consumer groups ('{deleted}') was successful.");
            return;
        }

        host.Out.WriteLine("\nError: Deletion of some consumer groups failed:");
        foreach (var (group, failure) in failed)
        {
            host.Out.WriteLine(
                $"* Group '{group}' could not be deleted due to: {JavaException.Describe(JavaException.FromFuture(failure!))}");
        }

        if (deleted.Length > 0)
        {
            host.Out.WriteLine($"\nThese consumer groups were deleted successfully: '{deleted}'");
        }
    }

    private async Task ResetAsync(ParsedOptions options, ToolHost host, AdminClient admin)
    {
        var plan = Plan(options, host);
        var results = await new OffsetResets(admin, host).ResetAsync(await GroupsAsync(options, admin), plan);
        if (plan.IsExported)
        {
            host.Out.WriteLine(OffsetFile.Format(results));
            return;
        }

        host.Out.WriteLine($"\n{"GROUP",-30} {"TOPIC",-30} {"PARTITION",-10} {"NEW-OFFSET",-15}");
        foreach (var (group, offsets) in results)
        {
            foreach (var (partition, offset) in offsets)
            {
                host.Out.WriteLine($"{group,-30} {partition.Topic,-30} {partition.Partition,-10} {offset,-15}");
            }
        }
    }

    private ResetPlan Plan(ParsedOptions options, ToolHost host)
    {
        OptionSpec[] scenarios = [_toOffset, _toCurrent, _toDatetime, _fromFile, _byDuration, _toEarliest, _toLatest, _shiftBy];
        if (!scenarios.Any(options.Has))
        {
            throw _parser.Usage(
                "Option '[reset-offsets]' requires one of the following scenarios: "
                + $"[{string.Join(", ", scenarios.Select(scenario => $"[{scenario.Name}]"))}]");
        }

        var (target, number) =
            options.Has(_toOffset) ? (OffsetTarget.Offset, options.Int64(_toOffset))
            : options.Has(_shiftBy) ? (OffsetTarget.ShiftBy, options.Int64(_shiftBy))
            : options.Has(_toDatetime) ? (OffsetTarget.Timestamp, Moment(options.Text(_toDatetime)))
            : options.Has(_byDuration) ? (OffsetTarget.Timestamp, Before(options.Text(_byDuration), host))
            : options.Has(_fromFile) ? (OffsetTarget.File, 0)
            : options.Has(_toEarliest) ? (OffsetTarget.Earliest, 0)
            : options.Has(_toLatest) ? (OffsetTarget.Latest, 0)
            : (OffsetTarget.Current, 0L);
        return target != OffsetTarget.File && !options.Has(_topic) && !options.Has(_allTopics)
            ? throw _parser.Usage("One of the reset scopes should be defined: --all-topics, --topic.")
            : new ResetPlan
            {
                Target = target,
                Number = number,
                File = target == OffsetTarget.File ? ReadPlan(options.Text(_fromFile), host) : "",
                Topics = options.Values(_topic),
                IsAllTopics = options.Has(_allTopics),
                IsExecuted = options.Has(_execute),
                IsExported = options.Has(_export),
            };
    }

    private static string ReadPlan(string path, ToolHost host)
    {
        try
        {
            return host.ReadText(path);
        }
        catch (JavaFailure unreadable)
        {
            throw JavaException.Unchecked(new JavaFailure("java.io.IOException", $"Unable to read file {path}", unreadable));
        }
    }

    private static long Moment(string text)
    {
        try
        {
            return JavaTime.Moment(text);
        }
        catch (JavaFailure malformed)
        {
            throw JavaException.Unchecked(malformed);
        }
    }

    private static long Before(string duration, ToolHost host) =>
        (host.Time.GetUtcNow() - JavaTime.Span(duration)).ToUnixTimeMilliseconds();

    private void CheckArguments(ParsedOptions options, ToolHost host)
    {
        options.Require(_bootstrapServer);
        if (options.Has(_describe))
        {
            CheckDescribe(options);
        }

        if (options.Has(_delete))
        {
            if (!options.Has(_group) && !options.Has(_allGroups))
            {
                throw _parser.Usage("Option [delete] takes one of these options: [all-groups], [group]");
            }

            if (options.Has(_topic))
            {
                throw _parser.Usage("The consumer does not support topic-specific offset deletion from a consumer group.");
            }
        }

        if (options.Has(_deleteOffsets) && (!options.Has(_group) || !options.Has(_topic)))
        {
            // The list is what Kafka prints, though the options it means are --group and --topic.
            throw _parser.Usage("Option [delete-offsets] takes the following options: [all-groups], [group]");
        }

        if (options.Has(_resetOffsets))
        {
            CheckReset(options, host);
        }

        options.Forbid(_group, _allGroups);
        options.Forbid(_group, _list);
        options.Forbid(_topic, _list, _describe);
        OptionSpec[] actions = [_list, _describe, _delete, _resetOffsets, _deleteOffsets];
        if (actions.Count(options.Has) != 1)
        {
            throw _parser.Usage(
                $"Command must include exactly one action: {string.Join(", ", actions.Select(action => "--" + action.Name))}");
        }
    }

    private void CheckDescribe(ParsedOptions options)
    {
        if (!options.Has(_group) && !options.Has(_allGroups))
        {
            // The list is what Kafka prints, though the options it means are --group and --all-groups.
            throw _parser.Usage("Option [describe] takes one of these options: [reset-offsets], [describe], [delete], [list]");
        }

        OptionSpec[] reports = [_members, _offsets, _state];
        if (reports.Count(options.Has) > 1)
        {
            throw _parser.Usage("Option [describe] takes at most one of these options: [members], [offsets], [state]");
        }

        if (options.Value(_state) is not null)
        {
            throw _parser.Usage("Option [describe] does not take a value for [state]");
        }
    }

    private void CheckReset(ParsedOptions options, ToolHost host)
    {
        if (options.Has(_dryRun) && options.Has(_execute))
        {
            throw _parser.Usage("Option [reset-offsets] only accepts one of [execute] and [dry-run]");
        }

        if (!options.Has(_dryRun) && !options.Has(_execute))
        {
            host.Error.WriteLine(MissingExecute);
        }

        if (!options.Has(_group) && !options.Has(_allGroups))
        {
            throw _parser.Usage("Option [reset-offsets] takes one of these options: [all-groups], [group]");
        }

        OptionSpec[] scenarios = [_toOffset, _toDatetime, _byDuration, _toEarliest, _toLatest, _toCurrent, _shiftBy, _fromFile];
        foreach (var scenario in scenarios)
        {
            options.Forbid(scenario, scenarios);
        }
    }
}
