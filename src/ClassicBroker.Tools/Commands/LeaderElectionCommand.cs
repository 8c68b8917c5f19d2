using System.Text.Json;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Facts;
using ClassicBroker.Tools.Options;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-leader-election.sh</c> (KIP-460).</summary>
internal sealed class LeaderElectionCommand : ICommand
{
    private const string CommandFailed = "org.apache.kafka.server.common.AdminCommandFailedException";
    internal const string TimedOut = "Timeout waiting for election results";
    private const string OperationFailed = "org.apache.kafka.server.common.AdminOperationException";

    private readonly OptionParser _parser = new(OptionErrors.Failure);
    private readonly OptionSpec _bootstrapServer;
    private readonly OptionSpec _adminConfig;
    private readonly OptionSpec _jsonFile;
    private readonly OptionSpec _topic;
    private readonly OptionSpec _partition;
    private readonly OptionSpec _allPartitions;
    private readonly OptionSpec _electionType;

    public LeaderElectionCommand()
    {
        _bootstrapServer = _parser.Value(
            "bootstrap-server",
            "A hostname and port for the broker to connect to, in the form host:port. Multiple comma separated URLs can be "
            + "given. REQUIRED.",
            "host:port");
        _adminConfig = _parser.Value("admin.config", "Configuration properties files to pass to the admin client", "config file");
        _jsonFile = _parser.Value(
            "path-to-json-file",
            "The JSON file with the list  of partition for which leader elections should be performed. This is an example "
            + "format.\n{\"partitions\":\n\t[{\"topic\": \"foo\", \"partition\": 1},\n\t {\"topic\": \"foobar\", \"partition\": "
            + "2}]\n}\nNot allowed if --all-topic-partitions or --topic flags are specified.",
            "Path to JSON file");
        _topic = _parser.Value(
            "topic",
            "Name of topic for which to perform an election. Not allowed if --path-to-json-file or --all-topic-partitions is "
            + "specified.",
            "topic name");
        _partition = _parser.Value(
            "partition",
            "Partition id for which to perform an election. REQUIRED if --topic is specified.",
            "partition id", type: "Integer");
        _allPartitions = _parser.Flag(
            "all-topic-partitions",
            "Perform election on all of the eligible topic partitions based on the type of election (see the --election-type "
            + "flag). Not allowed if --topic or --path-to-json-file is specified.");
        _electionType = _parser.Value(
            "election-type",
            "Type of election to attempt. Possible values are \"preferred\" for preferred leader election or \"unclean\" for "
            + "unclean leader election. If preferred election is selection, the election is only performed if the current leader "
            + "is not the preferred leader for the topic partition. If unclean election is selected, the election is only "
            + "performed if there are no leader for the topic partition. REQUIRED.",
            "election type", type: "[PREFERRED,UNCLEAN]");
    }

    public FailureForm Failures => FailureForm.MessageAndTrace;

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(
            args,
            "This tool attempts to elect a new leader for a set of topic partitions. The type of elections supported are preferred replicas "
            + "and unclean replicas.");
        CheckArguments(options);
        var type = Type(options);
        var partitions = Partitions(options, host);
        await using var network = host.OpenNetwork();
        await using var admin = await network.AdminAsync(host, options.Text(_bootstrapServer), options.Value(_adminConfig));
        await ElectAsync(admin, type, partitions, host);
        return 0;
    }

    /// <summary>Elects leaders and prints what became of each partition.</summary>
    /// <exception cref="JavaFailure">One or more had no election.</exception>
    private static async Task ElectAsync(
        AdminClient admin, ElectionType type, IReadOnlyCollection<TopicPartition>? partitions, ToolHost host)
    {
        var results = await ResultsAsync(admin, type, partitions, host);
        AddFacts(host.Facts, results);
        var output = host.Out;
        var name = type.ToString().ToUpperInvariant();
        var unneeded = results.Where(result => result.Failure?.Code == ErrorCode.ElectionNotNeeded).ToArray();
        var failed = results.Where(result => result.Failure is not null && result.Failure.Code != ErrorCode.ElectionNotNeeded).ToArray();
        var elected = results.Where(result => result.Failure is null).ToArray();
        if (elected.Length > 0)
        {
            output.WriteLine($"Successfully completed leader election ({name}) for partitions {Names(elected)}");
        }

        if (unneeded.Length > 0)
        {
            output.WriteLine($"Valid replica already elected for partitions {Names(unneeded)}");
        }

        foreach (var (partition, failure) in failed)
        {
            output.WriteLine($"Error completing leader election ({name}) for partition: {partition}: {JavaException.Describe(failure!)}");
        }

        if (failed.Length > 0)
        {
            throw new JavaFailure(CommandFailed, $"{failed.Length} replica(s) could not be elected")
            {
                Suppressed = failed.Select(result => result.Failure!).ToArray(),
            };
        }
    }

    private static async Task<IReadOnlyList<ElectionResult>> ResultsAsync(
        AdminClient admin, ElectionType type, IReadOnlyCollection<TopicPartition>? partitions, ToolHost host)
    {
        try
        {
            return await admin.ElectLeadersAsync(type, partitions);
        }
        catch (KafkaException failure) when (IsTimeout(failure))
        {
            host.Out.WriteLine(TimedOut);
            throw new JavaFailure(CommandFailed, TimedOut, failure);
        }
        catch (KafkaException failure) when (failure.Code == ErrorCode.ClusterAuthorizationFailed)
        {
            const string Refused = "Not authorized to perform leader election";
            host.Out.WriteLine(Refused);
            throw new JavaFailure(CommandFailed, Refused);
        }
        catch (KafkaException failure)
        {
            throw JavaException.Unchecked(JavaException.FromFuture(failure));
        }
    }

    /// <summary>Whether an election was not answered in time, or its controller could not wait for it to end.</summary>
    internal static bool IsTimeout(KafkaException failure) => failure is KafkaTimeoutException || failure.Code == ErrorCode.RequestTimedOut;

    internal static void AddFacts(FactDocument? facts, IReadOnlyList<ElectionResult> results)
    {
        facts?.AddList("partitions");
        foreach (var (partition, failure) in results)
        {
            var isUnneeded = failure?.Code == ErrorCode.ElectionNotNeeded;
            facts?.Add("partitions", json =>
            {
                json.WritePartition(partition);
                json.WriteString("outcome", failure is null ? "elected" : isUnneeded ? "not needed" : "failed");
                json.WriteError(isUnneeded ? null : failure);
            });
        }
    }

    /// <summary>Reads <c>{"partitions":[{"topic":"t","partition":0}]}</c>.</summary>
    /// <param name="json">The text.</param>
    /// <param name="empty">The refusal of what is no JSON.</param>
    /// <param name="missing">The refusal of what has no list.</param>
    /// <param name="repeated">The refusal of partitions that stand there twice, with a place for them.</param>
    /// <exception cref="ToolException">The text has another form.</exception>
    internal static IReadOnlyCollection<TopicPartition> Parse(
        string json, string empty, string missing, Func<IReadOnlyCollection<TopicPartition>, string> repeated)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (!document.RootElement.TryGetProperty("partitions", out var entries))
            {
                throw new ToolException(missing);
            }

            var partitions = entries
                .EnumerateArray()
                .Select(entry => new TopicPartition(entry.GetProperty("topic").GetString()!, entry.GetProperty("partition").GetInt32()))
                .ToArray();
            var twice = partitions.GroupBy(entry => entry).Where(group => group.Count() > 1).Select(group => group.Key).ToArray();
            return twice.Length == 0 ? partitions : throw new ToolException(repeated(twice));
        }
        catch (Exception malformed) when (
            malformed is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new ToolException(empty, malformed);
        }
    }

    private static IReadOnlyCollection<TopicPartition> Parse(string json)
    {
        try
        {
            return Parse(
                json,
                "Replica election data is empty",
                "Replica election data is missing \"partitions\" field",
                repeated => $"Replica election data contains duplicate partitions: [{string.Join(", ", repeated)}]");
        }
        catch (ToolException refused)
        {
            throw new JavaFailure(OperationFailed, refused.Message);
        }
    }

    private static string Names(IEnumerable<ElectionResult> results) =>
        string.Join(", ", results.Select(result => result.Partition.ToString()));

    private static JavaFailure Failed(string message) => new(CommandFailed, message);

    private ElectionType Type(ParsedOptions options)
    {
        var text = options.Text(_electionType);
        return text.ToUpperInvariant() switch
        {
            "PREFERRED" => ElectionType.Preferred,
            "UNCLEAN" => ElectionType.Unclean,
            _ => throw _parser.Unreadable(
                "OptionArgumentConversionException",
                $"Cannot parse argument '{text}' of option election-type",
                new JavaFailure("joptsimple.ValueConversionException", $"Value [{text}] is not one of [[PREFERRED,UNCLEAN]]")),
        };
    }

    private IReadOnlyCollection<TopicPartition>? Partitions(ParsedOptions options, ToolHost host) =>
        options.Has(_jsonFile) ? Parse(host.ReadText(options.Text(_jsonFile)))
        : options.Has(_topic) ? [new TopicPartition(options.Text(_topic), Number(options.Text(_partition)))]
        : null;

    private int Number(string text) =>
        JavaText.TryParseInt(text, out var number)
            ? number
            : throw _parser.Unreadable("OptionArgumentConversionException", $"Cannot parse argument '{text}' of option partition");

    private void CheckArguments(ParsedOptions options)
    {
        List<string> missing = [];
        if (!options.Has(_bootstrapServer))
        {
            missing.Add(_bootstrapServer.Name);
        }

        if (!options.Has(_electionType))
        {
            missing.Add(_electionType.Name);
        }

        if (missing.Count > 0)
        {
            throw Failed($"Missing required option(s): {string.Join(", ", missing)}");
        }

        OptionSpec[] choices = [_topic, _allPartitions, _jsonFile];
        if (choices.Count(options.Has) != 1)
        {
            throw Failed(
                $"One and only one of the following options is required: {string.Join(", ", choices.Select(choice => choice.Name))}");
        }

        if (options.Has(_topic) && !options.Has(_partition))
        {
            throw Failed("Missing required option(s): partition");
        }

        if (!options.Has(_topic) && options.Has(_partition))
        {
            throw Failed("Option partition is only allowed if topic is used");
        }
    }
}
