using System.Buffers.Binary;
using ClassicBroker.Conformance.Tests.Differences;
using ClassicBroker.Conformance.Tests.Recordings;
using ClassicBroker.Conformance.Tests.Wire;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>
/// Asks the brokers of a simulated cluster what was asked of a recorded one, at the recorded times, and compares the answers field by field.
/// What a client asked until it was answered is asked until it is answered here. Threading: one test.
/// </summary>
internal sealed class ClusterReplay(SimulatedCluster cluster, ConformanceReport report, Func<string, object?, RecordedIds, string?> render)
{
    private const int CorrelationIdAt = 4;
    private const int CorrelationIdEnd = 8;

    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    /// <summary>How long what was held takes to end.</summary>
    private static readonly TimeSpan Completion = TimeSpan.FromMilliseconds(300);

    /// <summary>Errors upon which a client asks the same again.</summary>
    private static readonly HashSet<string> AskAgain =
    [
        $"{(short)ErrorCode.ConcurrentTransactions}", $"{(short)ErrorCode.CoordinatorLoadInProgress}",
        $"{(short)ErrorCode.CoordinatorNotAvailable}",
    ];

    private readonly Dictionary<int, FrameConnection> _connections = [];
    private readonly OffsetShift _offsets = new();
    private DateTimeOffset _zero;
    private bool _isUnderway;
    private string? _phase;

    public RecordedIds Ids { get; } = new();

    /// <summary>What happens to the cluster before an exchange, by its phase and line.</summary>
    public Dictionary<string, Action> Before { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Makes a broker stand still, and go on: what Kafka was still at while it was asked stays under way here, too. Null where no broker
    /// can be held.
    /// </summary>
    public Action<bool>? Hold { get; init; }

    /// <summary>Whether it was held by name, until it is let go by name.</summary>
    public bool IsHeld { get; set; }

    /// <summary>The wall clock when the recording began: records carry its times.</summary>
    public required DateTimeOffset Began { get; init; }

    /// <summary>The broker that can be held.</summary>
    public int Held { get; init; }

    public void Play(IReadOnlyList<TimedExchange> exchanges)
    {
        for (var index = 0; index < exchanges.Count; index++)
        {
            var exchange = exchanges[index];
            Arrive(exchange);
            if (!IsHeld && IsAskedAgain(exchange, exchanges.Skip(index + 1)))
            {
                continue;
            }

            HoldWhileUnderway(exchange);
            Exchange(exchange);
        }
    }

    private void Arrive(TimedExchange exchange)
    {
        if (_phase != exchange.Phase)
        {
            _phase = exchange.Phase;
            _offsets.Forget();
            _zero = cluster.Time.GetUtcNow() - TimeSpan.FromMilliseconds(exchange.SentMs);
            foreach (var broker in cluster.Brokers)
            {
                broker.Clock.Skew = Began - _zero;
            }
        }

        // Within a phase both clocks go together: what the replay waits for of its own is taken from the silences.
        cluster.Pass(_zero + TimeSpan.FromMilliseconds(exchange.SentMs) - cluster.Time.GetUtcNow());
        if (Before.Remove($"{exchange}", out var action))
        {
            action();
        }
    }

    private void HoldWhileUnderway(TimedExchange exchange)
    {
        var isUnderway = exchange.To != Held && exchange.Response is not null && (IsNotReady(exchange) || IsPrepared(exchange));
        if (Hold is null || IsHeld || isUnderway == _isUnderway)
        {
            return;
        }

        _isUnderway = isUnderway;
        Hold(isUnderway);
        cluster.Pass(isUnderway ? TimeSpan.Zero : Completion);
    }

    /// <summary>Kafka told of a transaction that was about to end.</summary>
    private static bool IsPrepared(TimedExchange exchange) =>
        Decode(exchange.Request, exchange.Response!) is DescribeTransactionsResponse described
        && described.TransactionStates.Any(state => state.TransactionState.StartsWith("Prepare", StringComparison.Ordinal));

    /// <summary>Kafka was not ready, and the client's next request is the same.</summary>
    private static bool IsAskedAgain(TimedExchange exchange, IEnumerable<TimedExchange> rest) =>
        exchange.Response is not null
        && rest.FirstOrDefault(later => later.ClientId == exchange.ClientId) is { } next
        && next.Phase == exchange.Phase && next.To == exchange.To
        && SameQuestion(next.Request, exchange.Request)
        && IsNotReady(exchange);

    private static bool IsNotReady(TimedExchange exchange) =>
        Errors(Decode(exchange.Request, exchange.Response!)).Any(AskAgain.Contains);

    private static bool SameQuestion(byte[] one, byte[] other) =>
        one.AsSpan(0, CorrelationIdAt).SequenceEqual(other.AsSpan(0, CorrelationIdAt))
        && one.AsSpan(CorrelationIdEnd).SequenceEqual(other.AsSpan(CorrelationIdEnd));

    private void Exchange(TimedExchange exchange)
    {
        if (Decode(exchange) is not { } request)
        {
            SendMalformed(exchange);
            return;
        }

        Ids.Translate(request, exchange.To);
        _offsets.Apply(request);
        var recorded = exchange.Response is { } frame ? Decode(exchange.Request, frame) : null;
        var (api, version) = Head(exchange.Request);
        var what = $"{api} v{version} {exchange} {exchange.ClientId}";
        var ours = Ask(exchange, request, recorded);
        if (recorded is null || ours is null)
        {
            report.Compare(what, recorded is null ? "no answer" : "an answer", ours is null ? "no answer" : "an answer");
            return;
        }

        Ids.Learn(request, recorded, ours);
        _offsets.Learn(recorded, ours);
        _offsets.Apply(recorded);
        Compare(what, recorded, ours);
    }

    /// <summary>The decoded request; null where it was malformed on purpose.</summary>
    private static IRequest? Decode(TimedExchange exchange)
    {
        var (api, version) = Head(exchange.Request);
        try
        {
            return ReplayedBroker.DecodeRequest(
                api, version, new(exchange.Phase, exchange.Line, exchange.ClientId, exchange.Request, exchange.Response));
        }
        catch (MalformedDataException)
        {
            return null;
        }
    }

    /// <summary>What no one can read ends the connection.</summary>
    private void SendMalformed(TimedExchange exchange)
    {
        var connection = Connection(exchange);
        connection.Send(exchange.Request);
        cluster.Pass(AskAgainAfter);
        report.Compare(
            $"malformed {exchange}", exchange.Response is null ? "closed" : "an answer", connection.IsOpen ? "open" : "closed");
    }

    private IResponse? Ask(TimedExchange exchange, IRequest request, IResponse? recorded)
    {
        var frame = Frame(exchange, request);
        var mayBeLate = recorded is not null && !IsHeld && !_isUnderway && !IsNotReady(exchange);
        for (var left = Patience; ; left -= AskAgainAfter)
        {
            var connection = Connection(exchange);
            connection.Send(frame);
            if (recorded is null)
            {
                cluster.Pass(AskAgainAfter);
                return connection.Take() is { } unexpected ? Decode(exchange.Request, unexpected) : null;
            }

            byte[]? answer = null;
            for (var waited = TimeSpan.Zero; (answer = connection.Take()) is null && connection.IsOpen && waited < Patience; waited += AskAgainAfter / 10)
            {
                cluster.Pass(AskAgainAfter / 10);
            }

            var ours = answer is null ? null : Decode(exchange.Request, answer);
            if (!mayBeLate || ours is null || left <= TimeSpan.Zero || !Errors(ours).Any(AskAgain.Contains))
            {
                return ours;
            }

            cluster.Pass(AskAgainAfter);
        }
    }

    private FrameConnection Connection(TimedExchange exchange) =>
        _connections.TryGetValue(exchange.Connection, out var connection) && connection.IsOpen
            ? connection
            : _connections[exchange.Connection] = new(cluster, exchange.To);

    private byte[] Frame(TimedExchange exchange, IRequest request)
    {
        var (api, version) = Head(exchange.Request);
        var headerVersion = api.RequestHeaderVersion(version);
        var header = new RequestHeader
        {
            RequestApiKey = (short)api.Key,
            RequestApiVersion = version,
            CorrelationId = BinaryPrimitives.ReadInt32BigEndian(exchange.Request.AsSpan(CorrelationIdAt)),
            ClientId = exchange.ClientId,
        };
        var content = new byte[header.Size(headerVersion) + request.Size(version)];
        var writer = new ProtocolWriter(content);
        header.Write(ref writer, headerVersion);
        request.Write(ref writer, version);
        return Ids.TranslateMembers(content);
    }

    /// <summary>How many of its markers are written while a transaction ends is chance: what is left here may be less.</summary>
    private static void MaskProgress(IResponse recorded, IResponse ours)
    {
        if (recorded is not DescribeTransactionsResponse kafkas || ours is not DescribeTransactionsResponse own)
        {
            return;
        }

        foreach (var (theirs, mine) in kafkas.TransactionStates.Zip(own.TransactionStates))
        {
            if (theirs.TransactionState.StartsWith("Prepare", StringComparison.Ordinal) && Left(mine).IsSubsetOf(Left(theirs)))
            {
                theirs.Topics = mine.Topics;
            }
        }
    }

    private static HashSet<(string, int)> Left(DescribeTransactionsResponse.DescribedTransaction state) =>
        [.. state.Topics.SelectMany(topic => topic.Partitions.Select(partition => (topic.Topic, partition)))];

    private void Compare(string what, IResponse recorded, IResponse ours)
    {
        MaskProgress(recorded, ours);
        var kafkas = MessageTree.Lines(recorded, (field, value) => Show(field, value, isRecorded: true), element => IsCompared(element, true));
        var own = MessageTree.Lines(ours, (field, value) => Show(field, value, isRecorded: false), element => IsCompared(element, false));
        foreach (var path in kafkas.Keys.Union(own.Keys).Order(StringComparer.Ordinal))
        {
            report.Compare($"{what} {path}", kafkas.GetValueOrDefault(path, "absent"), own.GetValueOrDefault(path, "absent"));
        }
    }

    private string? Show(string field, object? value, bool isRecorded) =>
        value switch
        {
            long producer when field == "ProducerId" => MessageTree.Plain(isRecorded ? Ids.Producer(producer) : producer),
            string text when isRecorded => render(field, Ids.Text(text), Ids),
            Uuid id when isRecorded && Ids.RecordedTopics.TryGetValue(id, out var topic) => $"{Ids.OwnTopic(topic) ?? id}",
            _ => render(field, value, Ids),
        };

    /// <summary>Transactions and producers of clients that are not replayed are left out.</summary>
    private bool IsCompared(object element, bool isRecorded) => element switch
    {
        ListTransactionsResponse.ListedTransaction transaction => Ids.TransactionalIds.Contains(transaction.TransactionalId),
        DescribeProducersResponse.ProducerState producer => isRecorded ? Ids.IsKnown(producer.ProducerId) : Ids.IsOwn(producer.ProducerId),
        FetchResponse.AbortedTransaction aborted => isRecorded ? Ids.IsKnown(aborted.ProducerId) : Ids.IsOwn(aborted.ProducerId),
        _ => true,
    };

    private static IEnumerable<string> Errors(IResponse response) =>
        MessageTree.Lines(response, static (field, value) => field.EndsWith("ErrorCode", StringComparison.Ordinal) ? MessageTree.Plain(value) : null, static _ => true)
            .Where(line => line.Key.EndsWith("ErrorCode", StringComparison.Ordinal))
            .Select(line => line.Value);

    private static IResponse Decode(byte[] request, byte[] response)
    {
        var (api, version) = Head(request);
        return ReplayedBroker.Decode(api, version, response);
    }

    private static (ApiDescriptor Api, short Version) Head(byte[] frame) =>
        (ApiCatalog.Get((ApiKey)BinaryPrimitives.ReadInt16BigEndian(frame)), BinaryPrimitives.ReadInt16BigEndian(frame.AsSpan(2)));
}
