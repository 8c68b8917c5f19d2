using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Facts;
using ClassicBroker.Tools.Options;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-log-dirs.sh</c>.</summary>
internal sealed class LogDirsCommand : ICommand
{
    private readonly OptionParser _parser = new(OptionErrors.Failure);
    private readonly OptionSpec _bootstrapServer;
    private readonly OptionSpec _commandConfig;
    private readonly OptionSpec _describe;
    private readonly OptionSpec _topicList;
    private readonly OptionSpec _brokerList;

    public LogDirsCommand()
    {
        _bootstrapServer = _parser.Value(
            "bootstrap-server",
            "REQUIRED: the server(s) to use for bootstrapping",
            "The server(s) to use for bootstrapping");
        _commandConfig =
            _parser.Value(
                "command-config",
                "Property file containing configs to be passed to Admin Client.",
                "Admin client property file");
        _describe = _parser.Flag("describe", "Describe the specified log directories on the specified brokers.");
        _topicList = _parser.Value(
            "topic-list",
            "The list of topics to be queried in the form \"topic1,topic2,topic3\". All topics will be queried if no topic list "
            + "is specified",
            "Topic list", "");
        _brokerList = _parser.Value(
            "broker-list",
            "The list of brokers to be queried in the form \"0,1,2\". All brokers in the cluster will be queried if no broker "
            + "list is specified",
            "Broker list", "");
    }

    public FailureForm Failures => FailureForm.MessageAndTrace;

    public bool AwaitsFutures => true;

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(args, "This tool helps to query log directory usage on the specified brokers.");
        options.Require(_bootstrapServer, _describe);
        await using var network = host.OpenNetwork();
        await using var admin = await network.AdminAsync(host, options.Text(_bootstrapServer), options.Value(_commandConfig));
        return await DescribeAsync(options, host, admin);
    }

    private async Task<int> DescribeAsync(ParsedOptions options, ToolHost host, AdminClient admin)
    {
        var existing = (await admin.DescribeClusterAsync()).Nodes.Select(node => node.Id).ToArray();
        var wanted = Brokers(options.Value(_brokerList)) ?? existing;
        var unknown = wanted.Except(existing).ToArray();
        if (unknown.Length > 0)
        {
            throw new ToolException(
                $"ERROR: The given brokers do not exist from --broker-list: {string.Join(",", unknown)}. "
                + $"Current existent brokers: {string.Join(",", existing)}");
        }

        host.Out.WriteLine("Querying brokers for log directories information");
        var described = (await admin.DescribeLogDirsAsync(wanted)).SelectMany(broker => broker.ThrowIfFailed().Directories).ToArray();
        host.Out.WriteLine($"Received log directory information from brokers {string.Join(",", wanted)}");
        var topics = options.Text(_topicList).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (host.Facts is not null)
        {
            AddFacts(host.Facts, described, topics);
            return 0;
        }

        host.Out.WriteLine(Format(wanted, described, topics));
        return 0;
    }

    private static void AddFacts(FactDocument facts, IEnumerable<LogDirDescription> logDirs, string[] topics)
    {
        const string List = "logDirs";
        facts.AddList(List);
        foreach (var logDir in logDirs.OrderBy(logDir => logDir.BrokerId))
        {
            facts.Add(List, json =>
            {
                json.WriteNumber("broker", logDir.BrokerId);
                json.WriteString("logDir", logDir.Path);
                json.WriteNumberOrNull("totalBytes", logDir.TotalBytes >= 0 ? logDir.TotalBytes : null);
                json.WriteNumberOrNull("usableBytes", logDir.UsableBytes >= 0 ? logDir.UsableBytes : null);
                json.WriteError(logDir.Failure);
                json.WriteList("partitions", logDir.Replicas.Where(replica => IsAsked(replica, topics)), replica =>
                {
                    json.WritePartition(replica.Partition);
                    json.WriteNumber("size", replica.Size);
                    json.WriteNumber("offsetLag", replica.OffsetLag);
                    json.WriteBoolean("isFuture", replica.IsFuture);
                });
            });
        }
    }

    private static bool IsAsked(LogDirReplica replica, IReadOnlyCollection<string> topics) =>
        topics.Count == 0 || topics.Contains(replica.Partition.Topic);

    private static int[]? Brokers(string? text) =>
        string.IsNullOrEmpty(text)
            ? null
            : text.Split(',').Select(part => JavaText.TryParseInt(part, out var id)
                ? id
                : throw new JavaFailure("java.lang.NumberFormatException", $"For input string: \"{part}\"")).ToArray();

    internal static string Format(
        IReadOnlyCollection<int> brokers, IReadOnlyCollection<LogDirDescription> logDirs, IReadOnlyCollection<string> topics)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartArray("brokers");
            foreach (var broker in brokers)
            {
                json.WriteStartObject();
                json.WriteNumber("broker", broker);
                json.WriteStartArray("logDirs");
                foreach (var logDir in logDirs.Where(logDir => logDir.BrokerId == broker))
                {
                    WriteLogDir(json, logDir, topics);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteNumber("version", 1);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void WriteLogDir(Utf8JsonWriter json, LogDirDescription logDir, IReadOnlyCollection<string> topics)
    {
        json.WriteStartObject();
        json.WriteStartArray("partitions");
        foreach (var replica in logDir.Replicas.Where(replica => IsAsked(replica, topics)))
        {
            json.WriteStartObject();
            json.WriteString("partition", replica.Partition.ToString());
            json.WriteNumber("size", replica.Size);
            json.WriteNumber("offsetLag", replica.OffsetLag);
            json.WriteBoolean("isFuture", replica.IsFuture);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("error", logDir.Failure is { } failure ? JavaException.ClassOf(failure.Code) : null);
        json.WriteString("logDir", logDir.Path);
        json.WriteEndObject();
    }
}
