using System.Text.Json;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Options;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-delete-records.sh</c>.</summary>
internal sealed class DeleteRecordsCommand : ICommand
{
    private readonly OptionParser _parser = new();
    private readonly OptionSpec _bootstrapServer;
    private readonly OptionSpec _offsetJsonFile;
    private readonly OptionSpec _commandConfig;

    public DeleteRecordsCommand()
    {
        _bootstrapServer = _parser.Value("bootstrap-server", "REQUIRED: The server to connect to.", "server(s) to use for bootstrapping");
        _offsetJsonFile = _parser.Value(
            "offset-json-file",
            "REQUIRED: The JSON file with offset per partition: {\"partitions\":[{\"topic\": \"foo\", \"partition\": 1, \"offset\": 1}], "
            + "\"version\":1 }. An offset of -1 stands for the high watermark.",
            "Offset json file path");
        _commandConfig =
            _parser.Value("command-config", "Properties file with configs for the admin client.", "command config property file path");
    }

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(args, "This tool helps to delete records of the given partitions down to the specified offset.");
        options.Require(_bootstrapServer, _offsetJsonFile);
        var offsets = Parse(host.ReadText(options.Text(_offsetJsonFile)));
        try
        {
            await using var network = host.OpenNetwork();
            await using var admin = network.Admin(host, options.Text(_bootstrapServer), options.Value(_commandConfig));
            host.Out.WriteLine("Executing records delete operation");
            var results = await admin.DeleteRecordsAsync(offsets);
            host.Out.WriteLine("Records delete operation completed:");
            foreach (var (partition, lowWatermark, failure) in results)
            {
                host.Out.WriteLine(failure is null
                    ? $"partition: {partition}\tlow_watermark: {lowWatermark}"
                    : $"partition: {partition}\terror: {failure.Message}");
            }

            return 0;
        }
        catch (KafkaException failure)
        {
            throw new ToolException(JavaException.Describe(failure), failure);
        }
    }

    internal static Dictionary<TopicPartition, long> Parse(string json)
    {
        var offsets = new Dictionary<TopicPartition, long>();
        SortedSet<TopicPartition> duplicates = [];
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.TryGetProperty("version", out var version) && version.GetInt32() != 1)
            {
                throw new ToolException($"Not supported version field value {version.GetInt32()}");
            }

            foreach (var entry in document.RootElement.GetProperty("partitions").EnumerateArray())
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
            throw new ToolException("The input string is not a valid JSON", malformed);
        }

        return duplicates.Count == 0
            ? offsets
            : throw new ToolException($"Offset json file contains duplicate topic partitions: {string.Join(",", duplicates)}");
    }
}
