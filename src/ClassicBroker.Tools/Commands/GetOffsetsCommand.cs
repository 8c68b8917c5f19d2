using System.Text.RegularExpressions;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Facts;
using ClassicBroker.Tools.Options;
using ClassicBroker.Tools.Topics;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-get-offsets.sh</c>, known as GetOffsetShell.</summary>
internal sealed class GetOffsetsCommand : ICommand
{
    private const string Terse = "org.apache.kafka.tools.TerseException";

    private readonly OptionParser _parser = new(OptionErrors.Failure);
    private readonly OptionSpec _bootstrapServer;
    private readonly OptionSpec _brokerList;
    private readonly OptionSpec _topicPartitions;
    private readonly OptionSpec _topic;
    private readonly OptionSpec _partitions;
    private readonly OptionSpec _time;
    private readonly OptionSpec _commandConfig;
    private readonly OptionSpec _excludeInternal;

    public GetOffsetsCommand()
    {
        _brokerList = _parser.Value(
            "broker-list",
            "DEPRECATED, use --bootstrap-server instead; ignored if --bootstrap-server is specified. The server(s) to connect to "
            + "in the form HOST1: PORT1,HOST2:PORT2.",
            "HOST1:PORT1,...,HOST3:PORT3");
        _bootstrapServer = _parser.Value(
            "bootstrap-server",
            "REQUIRED. The server(s) to connect to in the form HOST1:PORT1,HOST2:PORT2.",
            "HOST1:PORT1,...,HOST3:PORT3");
        _topicPartitions = _parser.Value(
            "topic-partitions",
            "Comma separated list of topic-partition patterns to get the offsets for, with the format of "
            + "'([^:,]*)(?::(?:([0-9]*)|(?:([0-9]*) -([0-9]*))))?'. The first group is an optional regex for the topic name, if "
            + "omitted, it matches any topic name. The section after ':' describes a 'partition' pattern, which can be: a number, "
            + "a range in the format of 'NUMBER-NUMBER' (lower inclusive, upper exclusive), an inclusive lower bound in the format "
            + "of 'NUMBER-', an exclusive upper bound in the format of '-NUMBER' or may be omitted to accept all partitions.",
            "topic1:1,topic2:0-3,topic3,topic4:5-,topic5:-3 ");
        _topic = _parser.Value(
            "topic",
            "The topic to get the offsets for. It also accepts a regular expression. If not present, all authorized topics are "
            + "queried. Cannot be used if --topic-partitions is present.",
            "topic");
        _partitions =
            _parser.Value(
                "partitions",
                "Comma separated list of partition ids to get the offsets for. If not present, all partitions of the authorized "
                + "topics are queried. Cannot be used if --topic-partitions is present.",
                "partition ids");
        _time = _parser.Value(
            "time",
            "timestamp of the offsets before that. [Note: No offset is returned, if the timestamp greater than recently "
            + "committed record timestamp is given.]",
            "<timestamp> / -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or earliest-local / -5 or latest-tiered", "latest");
        _commandConfig = _parser.Value(
            "command-config",
            "Property file containing configs to be passed to Admin Client.",
            "config file");
        _excludeInternal =
            _parser.Flag(
                "exclude-internal-topics",
                "By default, internal topics are included. If specified, internal topics are excluded.");
        _parser.Hidden("offsets", OptionArgument.Required);
        _parser.Hidden("max-wait-ms", OptionArgument.Required);
    }

    public FailureForm Failures => FailureForm.ErrorOccurred;

    public bool AwaitsFutures => true;

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(args, "An interactive shell for getting topic-partition offsets.");
        try
        {
            var bootstrapServers = options.Value(_bootstrapServer) ?? options.Value(_brokerList)
                ?? throw new ToolException("Missing required option(s) [bootstrap-server]");
            var timestamp = Timestamp(options.Text(_time));
            await using var network = host.OpenNetwork();
            await using var admin = await network.AdminAsync(host, bootstrapServers, options.Value(_commandConfig));
            await PrintAsync(options, host, admin, timestamp);
            return 0;
        }
        catch (ToolException failure)
        {
            await host.Error.WriteLineAsync($"Error occurred: {failure.Message}");
            host.Facts?.Failure = failure;
            return 1;
        }
    }

    private async Task PrintAsync(ParsedOptions options, ToolHost host, AdminClient admin, long timestamp)
    {
        var partitions = await MatchingAsync(options, admin);
        if (partitions.Count == 0)
        {
            throw new ToolException("Could not match any topic-partitions with the specified filters");
        }

        List<TopicPartition> led = [];
        foreach (var (partition, hasLeader) in partitions)
        {
            if (hasLeader)
            {
                led.Add(partition);
            }
            else
            {
                await host.Error.WriteLineAsync($"Skip getting offsets for topic-partition {partition} due to error: it has no leader");
            }
        }

        var found = await admin.ListOffsetsAsync(led.ToDictionary(partition => partition, _ => timestamp));
        host.Facts?.AddList("offsets");
        foreach (var (partition, offset, failure) in found.Values)
        {
            if (failure is not null)
            {
                await host.Error.WriteLineAsync(
                    $"Skip getting offsets for topic-partition {partition} due to error: {JavaException.Describe(failure)}");
            }
            else if (host.Facts is not null)
            {
                Add(host.Facts, partition, offset!.Value);
            }
            else if (offset is { Offset: >= 0 } match)
            {
                host.Out.WriteLine($"{partition.Topic}:{partition.Partition}:{match.Offset}");
            }
        }
    }

    private static void Add(FactDocument facts, TopicPartition partition, OffsetAndTimestamp offset) =>
        facts.Add("offsets", json =>
        {
            json.WritePartition(partition);
            json.WriteNumberOrNull("offset", offset.Offset >= 0 ? offset.Offset : null);
            json.WriteNumberOrNull("timestampMs", offset.TimestampMs >= 0 ? offset.TimestampMs : null);
            json.WriteNumberOrNull("leaderEpoch", offset.LeaderEpoch >= 0 ? offset.LeaderEpoch : null);
        });

    private async Task<IReadOnlyList<(TopicPartition Partition, bool HasLeader)>> MatchingAsync(ParsedOptions options, AdminClient admin)
    {
        if (options.Has(_topicPartitions) && (options.Has(_topic) || options.Has(_partitions)))
        {
            throw new ToolException("--topic-partitions cannot be used with --topic or --partitions");
        }

        var filter = options.Value(_topicPartitions) is { } patterns
            ? patterns.Split(',').Select(PartitionPattern).ToArray()
            : [(options.Value(_topic) is { } topic ? TopicRules.Pattern(topic) : null, PartitionSet(options.Value(_partitions)))];
        var excludesInternal = options.Has(_excludeInternal);
        var names = (await admin.ListTopicsAsync(!excludesInternal)).Select(topic => topic.Name).ToArray();
        return (await admin.DescribeTopicsAsync(names))
            .SelectMany(topic => topic.ThrowIfFailed().Partitions.Select(partition =>
                (Partition: new TopicPartition(topic.Name, partition.Partition), HasLeader: partition.Leader >= 0)))
            .Where(candidate => Array.Exists(filter, pattern =>
                pattern.Topic?.IsMatch(candidate.Partition.Topic) != false && pattern.Contains(candidate.Partition.Partition)))
            .OrderBy(candidate => candidate.Partition)
            .ToArray();
    }

    /// <summary>Reads <c>topic</c>, <c>topic:1</c>, <c>topic:1-3</c> (the end not included), <c>topic:5-</c> or <c>:-3</c>.</summary>
    private static (Regex? Topic, Func<int, bool> Contains) PartitionPattern(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? text : text[..colon];
        var range = colon < 0 ? "" : text[(colon + 1)..];
        var topic = name.Length == 0 ? null : TopicRules.Pattern(name);
        var dash = range.IndexOf('-', StringComparison.Ordinal);
        if (range.Length == 0)
        {
            return (topic, _ => true);
        }

        if (dash < 0)
        {
            var only = Number(range, text);
            return (topic, partition => partition == only);
        }

        var lower = dash == 0 ? 0 : Number(range[..dash], text);
        var upper = dash == range.Length - 1 ? int.MaxValue : Number(range[(dash + 1)..], text);
        return (topic, partition => partition >= lower && partition < upper);
    }

    private static int Number(string digits, string pattern) =>
        JavaText.TryParseInt(digits, out var number)
            ? number
            : throw new JavaFailure(
                "java.lang.RuntimeException",
                $"{Terse}: Invalid rule specification: {pattern}",
                new JavaFailure(Terse, $"Invalid rule specification: {pattern}"));

    private static Func<int, bool> PartitionSet(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return _ => true;
        }

        var wanted = text
            .Split(',')
            .Select(part => JavaText.TryParseInt(part, out var partition)
                ? partition
                : throw new ToolException($"--partitions expects a comma separated list of numeric partition ids, but received: {text}"))
            .ToHashSet();
        return wanted.Contains;
    }

    private static long Timestamp(string text) =>
        text switch
        {
            "latest" => -1,
            "earliest" => -2,
            "max-timestamp" => -3,
            "earliest-local" => -4,
            "latest-tiered" => -5,
            _ => JavaText.TryParseLong(text, out var timestamp)
                ? timestamp
                : throw new ToolException(
                    $"Malformed time argument {text}. Please use -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or "
                    + "earliest-local / -5 or latest-tiered, or a specified long format timestamp"),
        };
}
