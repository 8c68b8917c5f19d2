using System.Text;
using System.Text.Json;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Facts;
using ClassicBroker.Tools.Options;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-delete-records.sh</c>.</summary>
internal sealed class DeleteRecordsCommand : ICommand
{
    private const string Server = "org.apache.kafka.server.common.";

    private readonly OptionParser _parser = new(OptionErrors.Failure);
    private readonly OptionSpec _bootstrapServer;
    private readonly OptionSpec _offsetJsonFile;
    private readonly OptionSpec _commandConfig;

    public DeleteRecordsCommand()
    {
        _bootstrapServer = _parser.Value(
            "bootstrap-server",
            "REQUIRED: The server to connect to.",
            "server(s) to use for bootstrapping");
        _offsetJsonFile = _parser.Value(
            "offset-json-file",
            "REQUIRED: The JSON file with offset per partition. The format to use is:\n{\"partitions\": [{\"topic\": \"foo\", "
            + "\"partition\": 1, \"offset\": 1}],\n \"version\":1\n}",
            "Offset json file path");
        _commandConfig =
            _parser.Value(
                "command-config",
                "A property file containing configs to be passed to Admin Client.",
                "command config property file path");
    }

    public FailureForm Failures => FailureForm.MessageAndTrace;

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(args, "This tool helps to delete records of the given partitions down to the specified offset.");
        options.Require(_bootstrapServer, _offsetJsonFile);
        var path = options.Text(_offsetJsonFile);
        var offsets = Parse(Read(host, path));
        await using var network = host.OpenNetwork();
        await using var admin = await network.AdminAsync(host, options.Text(_bootstrapServer), options.Value(_commandConfig));
        host.Out.WriteLine("Executing records delete operation");
        var results = await admin.DeleteRecordsAsync(offsets);
        host.Out.WriteLine("Records delete operation completed:");
        foreach (var (partition, lowWatermark, failure) in results)
        {
            host.Facts?.Add("partitions", json =>
            {
                json.WritePartition(partition);
                json.WriteNumberOrNull("lowWatermark", failure is null ? lowWatermark : null);
                json.WriteError(failure);
            });
            host.Out.WriteLine(failure is null
                ? $"partition: {partition}\tlow_watermark: {lowWatermark}"
                : $"partition: {partition}\terror: {JavaException.Describe(failure)}");
        }

        return 0;
    }

    internal static Dictionary<TopicPartition, long> Parse(string json)
    {
        var offsets = new Dictionary<TopicPartition, long>();
        SortedSet<TopicPartition> duplicates = [];
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.TryGetProperty("version", out var version) && version.GetInt32() != 1)
            {
                throw Wrong($"Not supported version field value {version.GetInt32()}");
            }

            if (!root.TryGetProperty("partitions", out var partitions))
            {
                throw Wrong("Missing partitions field");
            }

            foreach (var entry in partitions.EnumerateArray())
            {
                var partition = new TopicPartition(entry.GetProperty("topic").GetString()!, entry.GetProperty("partition").GetInt32());
                if (!offsets.TryAdd(partition, entry.GetProperty("offset").GetInt64()))
                {
                    duplicates.Add(partition);
                }
            }
        }
        catch (Exception malformed) when (
            malformed is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Wrong("The input string is not a valid JSON");
        }

        return duplicates.Count == 0
            ? offsets
            : throw new JavaFailure(
                Server + "AdminCommandFailedException",
                $"Offset json file contains duplicate topic partitions: {string.Join(",", duplicates)}");
    }

    private static string Read(ToolHost host, string path)
    {
        try
        {
            return Encoding.UTF8.GetString(host.ReadFile(path));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            var cause = new JavaFailure(JavaException.ClassOf(unreadable), path);
            throw new JavaFailure("java.io.IOException", $"Unable to read file {path}", cause);
        }
    }

    private static JavaFailure Wrong(string message) => new(Server + "AdminOperationException", message);
}
