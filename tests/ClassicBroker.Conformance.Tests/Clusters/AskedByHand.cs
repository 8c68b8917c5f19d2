using System.Buffers.Binary;
using System.Globalization;
using ClassicBroker.Conformance.Tests.Differences;
using ClassicBroker.Conformance.Tests.Recordings;
using ClassicBroker.Conformance.Tests.Wire;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>
/// Asks a simulated cluster what was asked by hand of Kafka 2.2.2 near the end of its life, with epochs as they are here: those that began
/// at the same offsets. Threading: one test.
/// </summary>
/// <param name="cluster">Where it is asked.</param>
/// <param name="report">Gets the differences.</param>
/// <param name="before">What was recorded before.</param>
/// <param name="checkpoint">The epochs that a broker has here of a partition, as the recorded ones are written.</param>
internal sealed class AskedByHand(
    SimulatedCluster cluster, ConformanceReport report, RecordedStep before, Func<int, string, string?> checkpoint)
{
    private const string ClientId = "raw";
    private const string NamedTwice = "a topic that is named twice is answered twice by 3.9";
    private const string Source = "kafka-2.2.2-logs/replication/wire/36-asked-by-hand.jsonl";

    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>What Kafka 3.9 answers otherwise than 2.2.2, and why.</summary>
    private static readonly Later[] OfLater =
    [
        new("* OffsetForLeaderEpoch v* Topics[\"rep\"*: * -> *", NamedTwice),
        new("* Fetch v10 #94 Responses[\"solo\"].Partitions[1].*: * -> *", "3.9 knows of a fetching replica whether it is one"),
        new("* ElectLeaders v0 #121 *.PartitionResult[1].*: * -> *", "3.9 tells where no election is needed"),
        new("* ElectLeaders v0 #127 *: * -> absent", "3.9 leaves out, of all, what needs no election"),
    ];

    private readonly HashSet<string> _met = new(StringComparer.Ordinal);
    private readonly Dictionary<int, FrameConnection> _connections = [];

    public void Play()
    {
        var asked = RecordingArchive.Read("kafka-2.2.2-logs").Where(exchange => exchange.Source == Source && exchange.ClientId == ClientId);
        foreach (var exchange in asked)
        {
            var api = ApiCatalog.Get((ApiKey)BinaryPrimitives.ReadInt16BigEndian(exchange.Request));
            var version = BinaryPrimitives.ReadInt16BigEndian(exchange.Request.AsSpan(sizeof(short)));
            var request = ReplayedBroker.DecodeRequest(api, version, exchange);
            Translate(request, exchange.To!.Value);
            var what = $"36-asked-by-hand {api} v{version} #{exchange.Line}";
            var response = exchange.Response ?? throw new InvalidDataException($"{what}: the recording has no answer; Kafka answered all");
            if (Ask(exchange, api, version, request) is not { } answer)
            {
                report.Differs(what, "an answer", "no answer");
                continue;
            }

            var recorded = ReplayedBroker.Decode(api, version, response);
            Translate(recorded, exchange.To!.Value);
            Compare(what, recorded, ReplayedBroker.Decode(api, version, answer));
        }
    }

    /// <summary>That every difference that is accepted was met.</summary>
    public void Verify() => Assert.Empty(OfLater.Where(later => !_met.Contains(later.Pattern)).Select(later => later.Pattern));

    private byte[]? Ask(RecordedExchange exchange, ApiDescriptor api, short version, IRequest request)
    {
        var broker = exchange.To!.Value;
        if (!_connections.TryGetValue(broker, out var connection))
        {
            connection = _connections[broker] = new(cluster, broker);
        }

        var header = new RequestHeader { RequestApiKey = (short)api.Key, RequestApiVersion = version, ClientId = ClientId };
        var headerVersion = api.RequestHeaderVersion(version);
        var frame = new byte[header.Size(headerVersion) + request.Size(version)];
        var writer = new ProtocolWriter(frame);
        header.Write(ref writer, headerVersion);
        request.Write(ref writer, version);
        connection.Send(frame);
        byte[]? answer = null;
        for (var waited = TimeSpan.Zero; (answer = connection.Take()) is null && connection.IsOpen && waited < Patience; waited += Wait)
        {
            cluster.Pass(Wait);
        }

        return answer;
    }

    private void Compare(string what, IResponse recorded, IResponse ours)
    {
        var kafkas = MessageTree.Lines(recorded, Render, static _ => true);
        var own = MessageTree.Lines(ours, Render, static _ => true);
        foreach (var path in kafkas.Keys.Union(own.Keys).Order(StringComparer.Ordinal))
        {
            Compare($"{what} {path}", kafkas.GetValueOrDefault(path, "absent"), own.GetValueOrDefault(path, "absent"));
        }
    }

    private void Compare(string what, string recorded, string ours)
    {
        var later = recorded == ours
            ? null
            : Array.Find(OfLater, later => MeantDifference.Matches(later.Pattern, $"{what}: {recorded} -> {ours}"));
        if (later is not null)
        {
            _met.Add(later.Pattern);
            report.LeftOut(later.Reason);
            return;
        }

        report.Compare(what, recorded, ours);
    }

    /// <summary>Times, addresses and sessions are not rules.</summary>
    private static string? Render(string field, object? value) =>
        field is "Host" or "Port" or "ThrottleTimeMs" or "ClusterId" or "SessionId" or "Timestamp" ? null : MessageTree.Plain(value);

    private void Translate(IRequest request, int broker)
    {
        switch (request)
        {
            case FetchRequest fetch:
                foreach (var (topic, partition) in fetch.Topics.SelectMany(
                    topic => topic.Partitions.Select(partition => (topic.Topic, partition))))
                {
                    partition.CurrentLeaderEpoch = Current($"{topic}-{partition.Partition}", partition.CurrentLeaderEpoch);
                }

                break;
            case ListOffsetsRequest list:
                foreach (var (topic, partition) in list.Topics.SelectMany(
                    topic => topic.Partitions.Select(partition => (topic.Name, partition))))
                {
                    partition.CurrentLeaderEpoch = Current($"{topic}-{partition.PartitionIndex}", partition.CurrentLeaderEpoch);
                }

                break;
            case OffsetForLeaderEpochRequest lookup:
                foreach (var (topic, partition) in lookup.Topics.SelectMany(
                    topic => topic.Partitions.Select(partition => (topic.Topic, partition))))
                {
                    partition.CurrentLeaderEpoch = Current($"{topic}-{partition.Partition}", partition.CurrentLeaderEpoch);
                    partition.LeaderEpoch = Past(broker, $"{topic}-{partition.Partition}", partition.LeaderEpoch);
                }

                break;
        }
    }

    private void Translate(IResponse response, int broker)
    {
        switch (response)
        {
            case MetadataResponse metadata:
                foreach (var (topic, partition) in metadata.Topics.SelectMany(
                    topic => topic.Partitions.Select(partition => (topic.Name, partition))))
                {
                    partition.LeaderEpoch = Current($"{topic}-{partition.PartitionIndex}", partition.LeaderEpoch);
                }

                break;
            case ListOffsetsResponse list:
                foreach (var (topic, partition) in list.Topics.SelectMany(
                    topic => topic.Partitions.Select(partition => (topic.Name, partition))))
                {
                    partition.LeaderEpoch = Past(broker, $"{topic}-{partition.PartitionIndex}", partition.LeaderEpoch);
                }

                break;
            case OffsetForLeaderEpochResponse lookup:
                foreach (var (topic, partition) in lookup.Topics.SelectMany(
                    topic => topic.Partitions.Select(partition => (topic.Topic, partition))))
                {
                    partition.LeaderEpoch = Past(broker, $"{topic}-{partition.Partition}", partition.LeaderEpoch);
                }

                break;
        }
    }

    /// <summary>An epoch as far before or behind the current one as there.</summary>
    private int Current(string partition, int epoch) =>
        epoch >= 0 && States(partition) is { } pair ? epoch - pair.Recorded.Epoch + pair.Ours.Epoch : epoch;

    /// <summary>An epoch that began where the recorded one did, or the last one before it that has records.</summary>
    private int Past(int broker, string partition, int epoch)
    {
        if (epoch < 0 || States(partition) is not { } pair || !before.Epochs.TryGetValue((broker, partition), out var recorded))
        {
            return epoch;
        }

        if (epoch > pair.Recorded.Epoch)
        {
            return Current(partition, epoch);
        }

        var begun = Entries(recorded).LastOrDefault(entry => entry.Epoch <= epoch, (-1, -1));
        var ours = Entries(checkpoint(broker, partition) ?? "").LastOrDefault(entry => entry.Begin == begun.Begin, (-1, -1));
        return ours.Epoch < 0 ? epoch : ours.Epoch;
    }

    private OldControllers.Pair? States(string partition)
    {
        var dash = partition.LastIndexOf('-');
        var path = $"/brokers/topics/{partition[..dash]}/partitions/{partition[(dash + 1)..]}/state";
        return before.Znodes.TryGetValue(path, out var znode) && cluster.ZooKeeper.Text(path) is { } text
            ? new(PartitionState.Parse(znode.Data!, znode.Version), PartitionState.Parse(text, 0))
            : null;
    }

    private static IEnumerable<(int Epoch, long Begin)> Entries(string checkpoint) =>
        checkpoint.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(entry => entry.Split(' ')).Select(entry =>
            (int.Parse(entry[0], CultureInfo.InvariantCulture), long.Parse(entry[1], CultureInfo.InvariantCulture)));

    /// <param name="Pattern">The answer, the field and both values; <c>*</c> stands for any text.</param>
    /// <param name="Reason">Why 3.9 answers so.</param>
    private sealed record Later(string Pattern, string Reason);
}
