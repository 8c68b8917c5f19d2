using System.Text.RegularExpressions;
using ClassicBroker.Client;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Options;
using ClassicBroker.Tools.Replicas;

namespace ClassicBroker.Tools.Commands;

/// <summary>
/// <c>kafka-replica-verification.sh</c>: whether all replicas of topics hold the same, told again and again until it is interrupted.
/// </summary>
internal sealed class ReplicaVerificationCommand : ICommand
{
    private const string Logger = "org.apache.kafka.tools.ReplicaVerificationTool";

    private readonly OptionParser _parser = new();
    private readonly OptionSpec _brokerList;
    private readonly OptionSpec _fetchSize;
    private readonly OptionSpec _maxWait;
    private readonly OptionSpec _topicWhiteList;
    private readonly OptionSpec _topicsInclude;
    private readonly OptionSpec _time;
    private readonly OptionSpec _reportInterval;

    public ReplicaVerificationCommand()
    {
        _brokerList = _parser.Value(
            "broker-list", "REQUIRED: The list of hostname and port of the server to connect to.", "hostname:port,...,hostname:port");
        _fetchSize = _parser.Value("fetch-size", "The fetch size of each request.", "bytes", "1048576", "Integer");
        _maxWait = _parser.Value("max-wait-ms", "The max amount of time each fetch request waits.", "ms", "1000", "Integer");
        _topicWhiteList = _parser.Value(
            "topic-white-list",
            "DEPRECATED use --topics-include instead; ignored if --topics-include specified. List of topics to verify replica consistency.",
            "Java regex (String)",
            ".*");
        _topicsInclude = _parser.Value(
            "topics-include", "List of topics to verify replica consistency.", "Java regex (String)", ".*");
        _time = _parser.Value(
            "time", "Timestamp for getting the initial offsets.", "timestamp/-1(latest)/-2 (earliest)", "-1", "Long");
        _reportInterval = _parser.Value("report-interval-ms", "The reporting interval.", "ms", "30000", "Long");
    }

    public FailureForm Failures => FailureForm.MessageAndTrace;

    public bool AwaitsFutures => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        host.Log("WARN", "This tool is deprecated and may be removed in a future major release.", Logger);
        var options = _parser.Parse(args, "Validate that all replicas for a set of topics have the same data.");
        options.Require(_brokerList);
        var brokers = options.Text(_brokerList);
        if (!brokers.Split(',').All(broker => broker.Contains(':', StringComparison.Ordinal)))
        {
            throw _parser.Usage("Please provide valid host:port like host1:9091,host2:9092\n");
        }

        var topics = TopicsOf(options);
        var interrupted = host.Interruption.Expect();
        await using var network = host.OpenNetwork();
        await using var admin = await network.AdminAsync(host, brokers, commandConfig: null);
        var replicas = await ReplicasAsync(admin, topics);
        var comparison = new ReplicaComparison(host.Out, host.Time);
        foreach (var (partition, offset) in await admin.ListOffsetsAsync(replicas.Keys.ToDictionary(key => key, _ => options.Int64(_time))))
        {
            comparison.Begin(partition, offset.ThrowIfFailed().Offset);
        }

        comparison.Print("verification process is started");
        await host.FlushAsync();
        return await AgreeAsync(admin, replicas, comparison, options, host, interrupted) ? host.Interruption.ExitCode : 1;
    }

    /// <summary>Compares until it is interrupted, or until two replicas have batches that end at different offsets.</summary>
    private async Task<bool> AgreeAsync(
        AdminClient admin,
        IReadOnlyDictionary<TopicPartition, IReadOnlyList<int>> replicas,
        ReplicaComparison comparison,
        ParsedOptions options,
        ToolHost host,
        CancellationToken interrupted)
    {
        var nextReportMs = host.Time.MonotonicMs() + options.Int64(_reportInterval);
        while (!interrupted.IsCancellationRequested)
        {
            var read = await ReadAsync(admin, replicas, comparison, options, host.Time);
            if (interrupted.IsCancellationRequested)
            {
                break;
            }

            comparison.BeginRound();
            foreach (var (partition, brokers) in replicas)
            {
                var found = brokers.ToDictionary(broker => broker, broker => read[broker].GetValueOrDefault(partition));
                if (!comparison.Compare(partition, found))
                {
                    return false;
                }
            }

            if (host.Time.MonotonicMs() >= nextReportMs)
            {
                comparison.ReportLag();
                await host.FlushAsync();
                nextReportMs = host.Time.MonotonicMs() + options.Int64(_reportInterval);
            }
        }

        return true;
    }

    /// <summary>One reading of each broker, all at the same time: a broker with nothing new waits.</summary>
    private async Task<Dictionary<int, IReadOnlyDictionary<TopicPartition, ReplicaRecords>>> ReadAsync(
        AdminClient admin,
        IReadOnlyDictionary<TopicPartition, IReadOnlyList<int>> replicas,
        ReplicaComparison comparison,
        ParsedOptions options,
        TimeProvider time)
    {
        var maxWait = TimeSpan.FromMilliseconds(options.Int32(_maxWait));
        var readings = replicas.Values.SelectMany(brokers => brokers).Distinct().Order().ToDictionary(
            broker => broker,
            broker => ReadAsync(
                broker,
                comparison.Offsets.Where(offset => replicas[offset.Key].Contains(broker))
                    .ToDictionary(offset => offset.Key, offset => offset.Value)));
        var read = new Dictionary<int, IReadOnlyDictionary<TopicPartition, ReplicaRecords>>();
        foreach (var (broker, reading) in readings)
        {
            read[broker] = await reading;
        }

        return read;

        async Task<IReadOnlyDictionary<TopicPartition, ReplicaRecords>> ReadAsync(int broker, Dictionary<TopicPartition, long> offsets)
        {
            try
            {
                return await admin.ReadReplicasAsync(broker, offsets, options.Int32(_fetchSize), maxWait);
            }
            catch (KafkaException)
            {
                // A broker that does not answer is asked again: what the others hold is compared once it does.
                await Task.Delay(maxWait, time);
                return new Dictionary<TopicPartition, ReplicaRecords>();
            }
        }
    }

    private static async Task<IReadOnlyDictionary<TopicPartition, IReadOnlyList<int>>> ReplicasAsync(AdminClient admin, Regex topics)
    {
        var names = (await admin.ListTopicsAsync()).Select(topic => topic.Name).Where(name => topics.IsMatch(name)).ToArray();
        var replicas = names.Length == 0
            ? []
            : (await admin.DescribeTopicsAsync(names))
                .SelectMany(topic => topic.ThrowIfFailed().Partitions.Select(partition => (Name: topic.Name, Description: partition)))
                .ToDictionary(entry => new TopicPartition(entry.Name, entry.Description.Partition), entry => entry.Description.Replicas);
        return replicas.Count > 0
            ? replicas
            : throw new ToolException("No topics found. --topics-include if specified, is either filtering out all topics or there is no topic.");
    }

    private Regex TopicsOf(ParsedOptions options)
    {
        var text = options.Text(options.Has(_topicsInclude) || !options.Has(_topicWhiteList) ? _topicsInclude : _topicWhiteList);
        try
        {
            var pattern = text.Trim().Trim('"', '\'').Replace(',', '|').Replace(" ", "", StringComparison.Ordinal);
            return new Regex($"^({pattern})$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        }
        catch (Exception wrong) when (wrong is ArgumentException or NotSupportedException)
        {
            throw new JavaFailure("java.lang.RuntimeException", $"{text} is an invalid regex.", wrong);
        }
    }
}
