using System.Text;
using ClassicBroker.Conformance.Tests.Differences;
using ClassicBroker.Conformance.Tests.Recordings;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Conformance.Tests.Groups;

/// <summary>
/// Sends recorded requests to a broker at their recorded times and compares what it answers, once all ids are known. Member ids are its
/// own: each is put in place of the recorded one. What the recording has no answer to is sent and not compared.
/// Threading: the test's thread.
/// </summary>
/// <param name="broker">Who is asked.</param>
/// <param name="report">Told what was compared; null where the answers are compared elsewhere.</param>
internal sealed class GroupReplay(InProcessBroker broker, ConformanceReport? report)
{
    private const int UuidLength = 36;

    private readonly Dictionary<int, BrokerClient> _clients = [];
    private readonly Dictionary<int, Queue<TimedExchange>> _waiting = [];
    private readonly List<(string Recorded, string Ours)> _memberIds = [];
    private readonly HashSet<string> _groups = new(StringComparer.Ordinal);
    private readonly List<(TimedExchange Exchange, IResponse Recorded, IResponse Ours)> _answers = [];

    /// <summary>An id of the recording that no replayed answer gives out.</summary>
    public void Bind(string recorded, string ours) => _memberIds.Add((recorded, ours));

    /// <param name="exchanges">The requests, in the order in which they were sent.</param>
    /// <param name="between">What else happened, by the recorded times, in their order.</param>
    public void Play(IReadOnlyList<TimedExchange> exchanges, params IEnumerable<(long AtMs, Action Act)> between)
    {
        var originMs = NowMs - exchanges[0].SentMs;
        var acts = new Queue<(long AtMs, Action Act)>(between);
        foreach (var exchange in exchanges)
        {
            Act(acts, exchange.SentMs, originMs);
            AdvanceTo(exchange.SentMs + originMs);
            Send(exchange);

            // What Kafka answered at once is answered at once here too: a new group's delay of 0 takes a tick.
            AdvanceTo(NowMs + 1);
        }

        Act(acts, long.MaxValue, originMs);
        AdvanceTo(Math.Max(exchanges.Max(exchange => exchange.AnsweredMs) + originMs, NowMs + 1));
        if (report is not null)
        {
            Compare(report);
        }
    }

    private void Compare(ConformanceReport report)
    {
        foreach (var unanswered in _waiting.Values.SelectMany(waiting => waiting).Where(exchange => exchange.Response is not null))
        {
            report.Differs($"{unanswered}", "an answer", "no answer");
        }

        foreach (var (exchange, recorded, ours) in _answers)
        {
            Compare(report, exchange, recorded, ours);
        }
    }

    private long NowMs => broker.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private void Act(Queue<(long AtMs, Action Act)> acts, long untilMs, long originMs)
    {
        while (acts.TryPeek(out var next) && next.AtMs <= untilMs)
        {
            acts.Dequeue();
            AdvanceTo(next.AtMs + originMs);
            next.Act();
        }
    }

    private void AdvanceTo(long timeMs)
    {
        broker.Time.AdvanceMs(Math.Max(0, timeMs - NowMs));
        TakeAnswers();
    }

    private void Send(TimedExchange exchange)
    {
        if (!_clients.TryGetValue(exchange.Connection, out var client))
        {
            _clients.Add(exchange.Connection, client = broker.Connect(exchange.ClientId));
            _waiting.Add(exchange.Connection, new());
        }

        _waiting[exchange.Connection].Enqueue(exchange);
        var request = Translated(exchange.Request);
        NoteGroups(request);
        client.SendFrame(request);
    }

    private void TakeAnswers()
    {
        foreach (var (connection, client) in _clients)
        {
            while (client.TakeFrame() is { } frame)
            {
                Take(_waiting[connection].Dequeue(), frame);
            }
        }
    }

    private void Take(TimedExchange exchange, byte[] frame)
    {
        if (exchange.Response is not { } recorded)
        {
            return;
        }

        var (api, version) = Head(exchange.Request);
        var expected = Decode(api, version, recorded);
        var actual = Decode(api, version, frame);
        if (expected is JoinGroupResponse given && actual is JoinGroupResponse own && given.MemberId.Length > UuidLength
            && own.MemberId.Length == given.MemberId.Length)
        {
            Bind(given.MemberId, own.MemberId);
        }

        _answers.Add((exchange, expected, actual));
    }

    private void Compare(ConformanceReport report, TimedExchange exchange, IResponse recorded, IResponse ours)
    {
        if (recorded is FindCoordinatorResponse && MessageText.Of(recorded).Contains(nameof(ErrorCode.CoordinatorNotAvailable), StringComparison.Ordinal)
            && !MessageText.Of(ours).Contains(nameof(ErrorCode.CoordinatorNotAvailable), StringComparison.Ordinal))
        {
            // Kafka was still making the topic.
            report.Equal();
            return;
        }

        Mask(exchange, recorded);
        Mask(exchange, ours);
        var (api, version) = Head(exchange.Request);
        report.Compare($"{exchange} {api.Key} v{version}", Translated(MessageText.Of(recorded)), MessageText.Of(ours));
    }

    /// <summary>Only groups of the phases replayed are there to be listed; ports are the system's; of members that join at once any leads.</summary>
    private void Mask(TimedExchange exchange, IResponse response)
    {
        switch (response)
        {
            case ListGroupsResponse list:
                list.Groups = [.. list.Groups.Where(group => _groups.Contains(group.GroupId))];
                break;
            case JoinGroupResponse joined when exchange is { Phase: "35-raw-group-max-size", Line: >= 2 and <= 6 }:
                (joined.Leader, joined.Members) = ("", []);
                break;
            case FindCoordinatorResponse found:
                found.Port = Math.Min(found.Port, 1);
                foreach (var coordinator in found.Coordinators)
                {
                    coordinator.Port = Math.Min(coordinator.Port, 1);
                }

                break;
        }
    }

    private void NoteGroups(byte[] frame)
    {
        switch (DecodeRequest(frame))
        {
            case JoinGroupRequest join:
                _groups.Add(join.GroupId);
                break;
            case OffsetCommitRequest commit:
                _groups.Add(commit.GroupId);
                break;
        }
    }

    private static IRequest DecodeRequest(byte[] frame)
    {
        var (api, version) = Head(frame);
        var reader = new ProtocolReader(frame, 1 << 26);
        new RequestHeader().Read(ref reader, api.RequestHeaderVersion(version));
        var request = api.NewRequest();
        request.Read(ref reader, version);
        return request;
    }

    private static IResponse Decode(ApiDescriptor api, short version, byte[] frame)
    {
        var reader = new ProtocolReader(frame, 1 << 26);
        var header = new ResponseHeader();
        header.Read(ref reader, api.ResponseHeaderVersion(version));
        var response = api.NewResponse();
        response.Read(ref reader, version);
        return response;
    }

    private static (ApiDescriptor Api, short Version) Head(byte[] frame) =>
        (ApiCatalog.Get((ApiKey)((frame[0] << 8) | frame[1])), (short)((frame[2] << 8) | frame[3]));

    /// <summary>A recorded text with our ids in place of the recorded ones.</summary>
    public string Translated(string text)
    {
        foreach (var (recorded, ours) in _memberIds)
        {
            text = text.Replace(recorded, ours);
        }

        return text;
    }

    /// <summary>The ids differ in nothing but their last part, so that a frame stays what it is.</summary>
    private byte[] Translated(byte[] frame)
    {
        var text = Encoding.Latin1.GetString(frame);
        foreach (var (recorded, ours) in _memberIds)
        {
            text = text.Replace(recorded[^UuidLength..], ours[^UuidLength..]);
        }

        return Encoding.Latin1.GetBytes(text);
    }
}
