using ClassicBroker.Tools.Options;
using ClassicBroker.Tools.ZooKeeperOffsets;

namespace ClassicBroker.Tools.Commands;

/// <summary>
/// <c>kafka-run-class.sh kafka.tools.ImportZkOffsets</c>: puts offsets into ZooKeeper, from a file as <see cref="ExportZkOffsetsCommand"/>
/// writes it. Nothing is written where a line is wrong.
/// </summary>
internal sealed class ImportZkOffsetsCommand : ICommand
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly OptionParser _parser = new();
    private readonly OptionSpec _zkConnect;
    private readonly OptionSpec _inputFile;

    public ImportZkOffsetsCommand()
    {
        _zkConnect = _parser.Value("zkconnect", "ZooKeeper connect string.", @default: "localhost:2181");
        _inputFile = _parser.Value("input-file", "Input file");
    }

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(args, "Import offsets to zookeeper from files.");
        options.Require(_inputFile);
        var offsets = host.ReadText(options.Text(_inputFile))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(Parse)
            .ToList();
        await using var network = host.OpenNetwork();
        await using var znodes = new ConsumerZnodes(await network.ConnectZooKeeperAsync(options.Text(_zkConnect), Timeout));
        foreach (var (path, offset) in offsets)
        {
            await znodes.SetAsync(path, offset);
        }

        return 0;
    }

    private static (string Path, string Offset) Parse(string line)
    {
        var colon = line.LastIndexOf(':');
        return colon > 0 && line.StartsWith("/consumers/", StringComparison.Ordinal) && long.TryParse(line[(colon + 1)..], out _)
            ? (line[..colon], line[(colon + 1)..])
            : throw new ToolException($"{line} is not a line of the form /consumers/GROUP/offsets/TOPIC/PARTITION:OFFSET");
    }
}
