using System.Globalization;
using ClassicBroker.Client;
using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Facts;
using ClassicBroker.Tools.Options;
using ClassicBroker.Tools.ZooKeeperOffsets;

namespace ClassicBroker.Tools.Commands;

/// <summary>
/// <c>kafka-consumer-offset-checker.sh</c> of Kafka 0.8 and 0.9: how far a group of consumers of old has come, by the
/// offsets it keeps with its coordinator or in ZooKeeper, and who owns which partition.
/// </summary>
internal sealed class ConsumerOffsetCheckerCommand : ICommand
{
    private const long Latest = -1;
    private const string Unknown = "unknown";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly OptionParser _parser = new();
    private readonly OptionSpec _zooKeeper;
    private readonly OptionSpec _topic;
    private readonly OptionSpec _group;
    private readonly OptionSpec _brokerInfo;

    public ConsumerOffsetCheckerCommand()
    {
        _zooKeeper = _parser.Value("zookeeper", "ZooKeeper connect string.", @default: "localhost:2181");
        _topic = _parser.Value("topic", "Comma-separated list of consumer topics (all topics if absent).");
        _group = _parser.Value("group", "Consumer group.");
        _parser.Value("socket.timeout.ms", "Socket timeout to use when querying for offsets.", @default: "6000", type: "Integer");
        _parser.Value("retry.backoff.ms", "Retry back-off to use for failed offset queries.", @default: "3000", type: "Integer");
        _brokerInfo = _parser.Flag("broker-info", "Print broker info");
    }

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        host.Log(
            "WARN",
            "WARNING: ConsumerOffsetChecker is deprecated and will be dropped in releases following 0.9.0. Use ConsumerGroupCommand instead.",
            "kafka.tools.ConsumerOffsetChecker$");
        var options = _parser.Parse(args, "Check the offset of your consumers.");
        options.Require(_group);
        var group = options.Text(_group);
        await using var network = host.OpenNetwork();
        await using var znodes = new ConsumerZnodes(await network.ConnectZooKeeperAsync(options.Text(_zooKeeper), Timeout));
        var brokers = await BrokersAsync(network, host, options.Text(_zooKeeper));
        await using var admin = await network.AdminAsync(
            host, string.Join(',', brokers.Select(broker => $"{broker.Host}:{broker.Port}")), commandConfig: null);
        var topics = options.Value(_topic)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            ?? await znodes.ChildrenAsync(ConsumerZnodes.OwnersPath(group));
        host.Facts?.AddList("offsets");
        Print(host, group: "Group", topic: "Topic", "Pid", "Offset", "logSize", "Lag", "Owner");
        var committed = await admin.ListGroupOffsetsAsync(group);
        foreach (var topic in topics)
        {
            await PrintTopicAsync(admin, znodes, host, group, topic, committed);
        }

        if (options.Has(_brokerInfo))
        {
            host.Out.WriteLine("BROKER INFO");
            foreach (var broker in brokers)
            {
                host.Out.WriteLine($"{broker.Id} -> {broker.Host}:{broker.Port}");
            }
        }

        return 0;
    }

    private static async Task PrintTopicAsync(
        AdminClient admin,
        ConsumerZnodes znodes,
        ToolHost host,
        string group,
        string topic,
        IReadOnlyDictionary<TopicPartition, GroupOffset> committed)
    {
        var partitions = (await admin.DescribeTopicsAsync([topic]))[0].ThrowIfFailed().Partitions
            .Select(partition => new TopicPartition(topic, partition.Partition))
            .Order()
            .ToList();
        var ends = await admin.ListOffsetsAsync(partitions.ToDictionary(partition => partition, _ => Latest));
        foreach (var partition in partitions)
        {
            var offset = committed.TryGetValue(partition, out var known)
                ? known.Offset
                : await InZooKeeperAsync(znodes, $"{ConsumerZnodes.OffsetsPath(group)}/{topic}/{partition.Partition}");
            var owner = await znodes.TextAsync($"{ConsumerZnodes.OwnersPath(group)}/{topic}/{partition.Partition}");
            var end = ends[partition].ThrowIfFailed().Offset;
            host.Facts?.Add("offsets", json =>
            {
                json.WriteString("group", group);
                json.WritePartition(partition);
                json.WriteNumberOrNull("offset", offset);
                json.WriteNumber("logEndOffset", end);
                json.WriteNumberOrNull("lag", offset >= 0 ? end - offset : null);
                json.WriteString("owner", owner);
            });
            Print(
                host,
                group,
                topic,
                Text(partition.Partition),
                offset is { } from ? Text(from) : Unknown,
                Text(end),
                offset is { } at and >= 0 ? Text(end - at) : Unknown,
                owner ?? "none");
        }
    }

    private static async Task<long?> InZooKeeperAsync(ConsumerZnodes znodes, string path) =>
        await znodes.TextAsync(path) is { } text
        && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var offset)
            ? offset
            : null;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static void Print(
        ToolHost host, string group, string topic, string pid, string offset, string logSize, string lag, string owner) =>
        (host.Facts is null ? host.Out : TextWriter.Null).WriteLine(
            $"{group,-15} {topic,-30} {pid,-3} {offset,-15} {logSize,-15} {lag,-15} {owner}");

    private static async Task<List<(int Id, string Host, int Port)>> BrokersAsync(ToolNetwork network, ToolHost host, string zooKeeper)
    {
        await using var store = await network.OpenStoreAsync(host, zooKeeper, MetadataVersions.Latest);
        var brokers = new List<(int Id, string Host, int Port)>();
        foreach (var broker in await store.Metadata.Brokers.GetAllAsync())
        {
            var endpoint = broker.Registration.Endpoints[0];
            brokers.Add((broker.Registration.Id, endpoint.Host, endpoint.Port));
        }

        return brokers.Count > 0 ? brokers : throw new ToolException("No broker is registered in ZooKeeper.");
    }
}
