using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Tools.Options;
using ClassicBroker.Tools.ZooKeeperOffsets;

namespace ClassicBroker.Tools.Commands;

/// <summary>
/// <c>kafka-run-class.sh kafka.tools.ExportZkOffsets</c>: writes the offsets that groups keep in ZooKeeper into a file, a line
/// <c>/consumers/GROUP/offsets/TOPIC/PARTITION:OFFSET</c> each.
/// </summary>
internal sealed class ExportZkOffsetsCommand : ICommand
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly OptionParser _parser = new();
    private readonly OptionSpec _zkConnect;
    private readonly OptionSpec _group;
    private readonly OptionSpec _outputFile;

    public ExportZkOffsetsCommand()
    {
        _zkConnect = _parser.Value("zkconnect", "ZooKeeper connect string.", @default: "localhost:2181");
        _group = _parser.Value("group", "Consumer group.");
        _outputFile = _parser.Value("output-file", "Output file");
    }

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(args, "Export consumer offsets to an output file.");
        options.Require(_outputFile);
        await using var network = host.OpenNetwork();
        await using var znodes = new ConsumerZnodes(await network.ConnectZooKeeperAsync(options.Text(_zkConnect), Timeout));
        var groups = options.Has(_group) ? options.Values(_group) : await znodes.GroupsAsync();
        var lines = new StringBuilder();
        foreach (var group in groups)
        {
            await AppendAsync(znodes, ConsumerZnodes.OffsetsPath(group), lines);
        }

        using var file = host.Files.Open(options.Text(_outputFile), FileOpenMode.Truncate);
        file.Write(Encoding.UTF8.GetBytes(lines.ToString()), 0);
        return 0;
    }

    private static async Task AppendAsync(ConsumerZnodes znodes, string path, StringBuilder lines)
    {
        foreach (var topic in await znodes.ChildrenAsync(path))
        {
            foreach (var partition in await znodes.ChildrenAsync($"{path}/{topic}"))
            {
                if (await znodes.TextAsync($"{path}/{topic}/{partition}") is { } offset)
                {
                    lines.Append(path).Append('/').Append(topic).Append('/').Append(partition).Append(':').Append(offset).Append('\n');
                }
            }
        }
    }
}
