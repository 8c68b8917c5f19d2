using System.Text.RegularExpressions;
using ClassicBroker.Client;
using ClassicBroker.Tools.Groups;
using ClassicBroker.Tools.Options;
using ClassicBroker.Platform;

namespace ClassicBroker.Tools.Commands;

/// <summary>
/// <c>kafka-streams-application-reset.sh</c>: lets an application of Kafka Streams begin again, by new offsets for its input and by the end
/// of its internal topics.
/// </summary>
internal sealed partial class StreamsResetCommand : ICommand
{
    private const string Purpose =
        "This tool helps to quickly reset an application in order to reprocess its data from scratch.\n"
        + "* This tool resets offsets of input topics to the earliest available offset (by default), or to a specific "
        + "defined position and it skips to the end of intermediate topics (topics that are input and output topics, e.g., "
        + "used by deprecated through() method).\n"
        + "* This tool deletes the internal topics that were created by Kafka Streams (topics starting with "
        + "\"<application.id>-\").\n"
        + "The tool finds these internal topics automatically. If the topics flagged automatically for deletion by the dry-"
        + "run are unsuitable, you can specify a subset with the \"--internal-topics\" option.\n"
        + "* This tool will not delete output topics (if you want to delete them, you need to do it yourself with the "
        + "bin/kafka-topics.sh command).\n"
        + "* This tool will not clean up the local state on the stream application instances (the persisted stores used to "
        + "cache aggregation results).\n"
        + "You need to call KafkaStreams#cleanUp() in your application or manually delete them from the directory specified"
        + " by \"state.dir\" configuration (${java.io.tmpdir}/kafka-streams/<application.id> by default).\n"
        + "* When long session timeout has been configured, active members could take longer to get expired on the broker "
        + "thus blocking the reset job to complete. Use the \"--force\" option could remove those left-over members "
        + "immediately. Make sure to stop all stream applications when this option is specified to avoid unexpected "
        + "disruptions.\n"
        + "\n"
        + "*** Important! You will get wrong output if you don't clean up the local stores after running the reset tool!\n"
        + "\n"
        + "*** Warning! This tool makes irreversible changes to your application. It is strongly recommended that you run "
        + "this once with \"--dry-run\" to preview your changes before making them.";

    private readonly OptionParser _parser = new();
    private readonly OptionSpec _applicationId;
    private readonly OptionSpec _bootstrapServer;
    private readonly OptionSpec _bootstrapServers;
    private readonly OptionSpec _byDuration;
    private readonly OptionSpec _configFile;
    private readonly OptionSpec _dryRun;
    private readonly OptionSpec _force;
    private readonly OptionSpec _fromFile;
    private readonly OptionSpec _inputTopics;
    private readonly OptionSpec _intermediateTopics;
    private readonly OptionSpec _internalTopics;
    private readonly OptionSpec _shiftBy;
    private readonly OptionSpec _toDatetime;
    private readonly OptionSpec _toEarliest;
    private readonly OptionSpec _toLatest;
    private readonly OptionSpec _toOffset;

    public StreamsResetCommand()
    {
        _applicationId = _parser.Value("application-id", "The Kafka Streams application ID (application.id).", "id", isRequired: true);
        _bootstrapServer = _parser.Value(
            "bootstrap-server",
            "REQUIRED unless --bootstrap-servers (deprecated) is specified. The server (s) to connect to. The broker list string in the form "
            + "HOST1:PORT1,HOST2: PORT2.",
            "server to connect to",
            "localhost:9092");
        _bootstrapServers = _parser.Value(
            "bootstrap-servers", "DEPRECATED: Comma-separated list of broker urls with format: HOST1:PORT1, HOST2:PORT2", "urls");
        _inputTopics = _parser.Value(
            "input-topics",
            "Comma-separated list of user input topics. For these topics, the tool by default will reset the offset to the earliest available "
            + "offset. Reset to other offset position by appending other reset offset option, ex: --input-topics foo --shift-by 5",
            "list");
        _intermediateTopics = _parser.Value(
            "intermediate-topics",
            "Comma-separated list of intermediate user topics (topics that are input and output topics, e.g., used in the deprecated through() "
            + "method). For these topics, the tool will skip to the end.",
            "list");
        _internalTopics = _parser.Value(
            "internal-topics",
            "Comma-separated list of internal topics to delete. Must be a subset of the internal topics marked for deletion by the default "
            + "behaviour (do a dry-run without this option to view these topics).",
            "list");
        _toOffset = _parser.Value("to-offset", "Reset offsets to a specific offset.", type: "Long");
        _toDatetime = _parser.Value("to-datetime", "Reset offsets to offset from datetime. Format: 'YYYY-MM-DDTHH:mm:SS.sss'");
        _byDuration = _parser.Value(
            "by-duration", "Reset offsets to offset by duration from current timestamp. Format: 'PnDTnHnMnS'");
        _toEarliest = _parser.Flag("to-earliest", "Reset offsets to earliest offset.");
        _toLatest = _parser.Flag("to-latest", "Reset offsets to latest offset.");
        _fromFile = _parser.Value("from-file", "Reset offsets to values defined in CSV file.");
        _shiftBy = _parser.Value(
            "shift-by", "Reset offsets shifting current offset by 'n', where 'n' can be positive or negative", "number-of-offsets", type: "Long");
        _configFile = _parser.Value(
            "config-file", "Property file containing configs to be passed to admin clients and embedded consumer.", "file name");
        _force = _parser.Flag(
            "force",
            "Force the removal of members of the consumer group (intended to remove stopped members if a long session timeout was used). Make "
            + "sure to shut down all stream applications when this option is specified to avoid unexpected rebalances.");
        _dryRun = _parser.Flag("dry-run", "Display the actions that would be performed without executing the reset commands.");
    }

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = args.Count > 0
            ? _parser.Parse(args, Purpose)
            : throw _parser.Usage("Missing required option(s) [application-id]");
        if (!options.Has(_applicationId))
        {
            throw _parser.Usage("Missing required option(s) [application-id]");
        }

        RequireOneTarget(options);
        try
        {
            return await ResetAsync(options, host);
        }
        catch (Exception failure) when (failure is JavaFailure or KafkaException or ToolException)
        {
            var reported = JavaException.OfFuture(failure);
            host.Error.WriteLine($"ERROR: {JavaException.Describe(reported)}");
            host.Error.WriteLine(JavaException.Trace(reported));
            return 1;
        }
    }

    private async Task<int> ResetAsync(ParsedOptions options, ToolHost host)
    {
        var group = options.Text(_applicationId);
        await using var network = host.OpenNetwork();
        await using var admin = await network.AdminAsync(
            host, options.Value(_bootstrapServers) ?? options.Text(_bootstrapServer), options.Value(_configFile));
        await RequireNoMembersAsync(admin, group, options, host);
        var topics = (await admin.ListTopicsAsync()).Select(topic => topic.Name).ToHashSet(StringComparer.Ordinal);
        if (options.Has(_dryRun))
        {
            host.Out.WriteLine("----Dry run displays the actions which will be performed when running Streams Reset Tool----");
        }

        var exitCode = await ResetOffsetsAsync(admin, group, topics, options, host);
        await DeleteInternalTopicsAsync(admin, topics, options, host);
        return exitCode;
    }

    private async Task RequireNoMembersAsync(AdminClient admin, string group, ParsedOptions options, ToolHost host)
    {
        var members = (await admin.DescribeGroupAsync(group)).Members;
        if (members.Count == 0)
        {
            return;
        }

        if (!options.Has(_force))
        {
            throw new JavaFailure(
                "java.lang.IllegalStateException",
                $"Consumer group '{group}' is still active and has following members: "
                + $"[{string.Join(", ", members.Select(member => member.MemberId))}]. Make sure to stop all running application instances before "
                + "running the reset tool. You can use option '--force' to remove active members from the group.");
        }

        host.Out.WriteLine($"Force deleting all active members in the group: {group}");
        foreach (var removed in await admin.RemoveGroupMembersAsync(group, members))
        {
            removed.ThrowIfFailed();
        }
    }

    private async Task<int> ResetOffsetsAsync(
        AdminClient admin, string group, HashSet<string> existing, ParsedOptions options, ToolHost host)
    {
        var (input, intermediate) = (ListOf(options, _inputTopics), ListOf(options, _intermediateTopics));
        if (input.Count == 0 && intermediate.Count == 0)
        {
            host.Out.WriteLine("No input or intermediate topics specified. Skipping seek.");
            return 0;
        }

        Announce(host, "Reset-offsets for input topics", input);
        Announce(host, "Seek-to-end for intermediate topics", intermediate);
        var allExist = ReportAbsent(host, "input", "Topic: ", input, existing)
            & ReportAbsent(host, "intermediate", "Topic:", intermediate, existing);
        input.RemoveAll(topic => !existing.Contains(topic));
        intermediate.RemoveAll(topic => !existing.Contains(topic));
        if (input.Count + intermediate.Count > 0)
        {
            var resets = new OffsetResets(admin, host);
            await SeekToEndAsync(resets, group, intermediate, options, host);
            await ResetInputAsync(resets, group, input, options, host);
            host.Out.WriteLine("Done.");
        }

        return allExist ? 0 : 1;
    }

    private static void Announce(ToolHost host, string what, List<string> topics)
    {
        if (topics.Count > 0)
        {
            host.Out.WriteLine($"{what} [{string.Join(", ", topics)}]");
        }
    }

    private static bool ReportAbsent(ToolHost host, string kind, string before, List<string> topics, HashSet<string> existing)
    {
        var absent = topics.FindAll(topic => !existing.Contains(topic));
        if (absent.Count > 0)
        {
            host.Out.WriteLine($"Following {kind} topics are not found, skipping them");
            absent.ForEach(topic => host.Out.WriteLine(before + topic));
        }

        return absent.Count == 0;
    }

    private async Task SeekToEndAsync(OffsetResets resets, string group, List<string> topics, ParsedOptions options, ToolHost host)
    {
        if (topics.Count == 0)
        {
            return;
        }

        host.Out.WriteLine($"Following intermediate topics offsets will be reset to end (for consumer group {group})");
        topics.ForEach(topic => host.Out.WriteLine($"Topic: {topic}"));
        await resets.ResetAsync([group], new() { Target = OffsetTarget.Latest, Topics = topics, IsExecuted = !options.Has(_dryRun) });
    }

    private async Task ResetInputAsync(OffsetResets resets, string group, List<string> topics, ParsedOptions options, ToolHost host)
    {
        if (topics.Count == 0)
        {
            return;
        }

        host.Out.WriteLine($"Following input topics offsets will be reset to (for consumer group {group})");
        var plan = Plan(options, host) with { Topics = topics, IsExecuted = !options.Has(_dryRun) };
        foreach (var (partition, offset) in (await resets.ResetAsync([group], plan))[group])
        {
            host.Out.WriteLine($"Topic: {partition.Topic} Partition: {partition.Partition} Offset: {offset}");
        }
    }

    private ResetPlan Plan(ParsedOptions options, ToolHost host) =>
        options.Has(_toOffset) ? new() { Target = OffsetTarget.Offset, Number = options.Int64(_toOffset) }
        : options.Has(_toLatest) ? new() { Target = OffsetTarget.Latest }
        : options.Has(_shiftBy) ? new() { Target = OffsetTarget.ShiftBy, Number = options.Int64(_shiftBy) }
        : options.Has(_toDatetime) ? new() { Target = OffsetTarget.Timestamp, Number = JavaTime.Moment(options.Text(_toDatetime)) }
        : options.Has(_byDuration) ? new()
        {
            Target = OffsetTarget.Timestamp,
            Number = host.Time.UnixMs() - (long)JavaTime.Span(options.Text(_byDuration)).TotalMilliseconds,
        }
        : options.Has(_fromFile) ? new() { Target = OffsetTarget.File, File = host.ReadText(options.Text(_fromFile)) }
        : new() { Target = OffsetTarget.Earliest };

    private async Task DeleteInternalTopicsAsync(AdminClient admin, HashSet<string> existing, ParsedOptions options, ToolHost host)
    {
        var application = options.Text(_applicationId);
        var users = ListOf(options, _inputTopics).Concat(ListOf(options, _intermediateTopics)).ToHashSet(StringComparer.Ordinal);
        var doomed = existing.Where(topic => !users.Contains(topic) && topic.StartsWith($"{application}-", StringComparison.Ordinal))
            .Where(topic => InternalTopic().IsMatch(topic))
            .Order(StringComparer.Ordinal)
            .ToList();
        var specified = ListOf(options, _internalTopics);
        if (specified.Count > 0)
        {
            if (!specified.TrueForAll(doomed.Contains))
            {
                throw new JavaFailure(
                    "java.lang.IllegalArgumentException",
                    "Invalid topic specified in the --internal-topics option. Ensure that the topics specified are all internal topics. Do a dry "
                    + "run without the --internal-topics option to see the list of all internal topics that can be deleted.");
            }

            doomed = specified;
        }

        host.Out.WriteLine($"Deleting {(specified.Count > 0 ? "specified" : "inferred")} internal topics [{string.Join(", ", doomed)}]");
        if (!options.Has(_dryRun) && doomed.Count > 0)
        {
            await DeleteAsync(admin, doomed, host);
        }

        host.Out.WriteLine("Done.");
    }

    private static async Task DeleteAsync(AdminClient admin, List<string> topics, ToolHost host)
    {
        var failed = (await admin.DeleteTopicsAsync(topics)).Where(result => result.Failure is not null).ToList();
        foreach (var result in failed)
        {
            host.Error.WriteLine($"ERROR: deleting topic {result.Name}");
            host.Error.WriteLine(JavaException.Trace(result.Failure!));
        }

        if (failed.Count > 0)
        {
            throw new JavaFailure("java.lang.RuntimeException", "Encountered an error deleting one or more topics");
        }
    }

    private static List<string> ListOf(ParsedOptions options, OptionSpec option) =>
        [.. options.Values(option).SelectMany(list => list.Split(',')).Select(topic => topic.Trim()).Where(topic => topic.Length > 0)];

    private void RequireOneTarget(ParsedOptions options)
    {
        OptionSpec[] targets = [_toOffset, _toDatetime, _byDuration, _toEarliest, _toLatest, _fromFile, _shiftBy];
        foreach (var target in targets)
        {
            options.Forbid(target, [.. targets.Where(other => other != target)]);
        }
    }

    [GeneratedRegex(
        "-changelog$|-repartition$|-subscription-registration-topic$|-subscription-response-topic$"
        + "|.+-KTABLE-FK-JOIN-SUBSCRIPTION-(REGISTRATION|RESPONSE)-\\d+-topic$",
        RegexOptions.CultureInvariant)]
    private static partial Regex InternalTopic();
}
