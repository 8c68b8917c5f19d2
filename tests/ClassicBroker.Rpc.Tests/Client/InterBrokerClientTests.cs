using ClassicBroker.Platform.Metrics;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Network;
using ClassicBroker.Transport;

namespace ClassicBroker.Rpc.Tests.Client;

/// <summary>One broker's way to another, over a network that fails as told.</summary>
public sealed class InterBrokerClientTests : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly ManualTime _time = new();
    private readonly InMemoryNetwork _network;
    private readonly ManualEventLoop _loop;
    private readonly RequestMetrics _metrics = new(new MeterScope(TimeProvider.System));
    private readonly List<(string Member, TaskCompletionSource Answer)> _asked = [];
    private readonly InterBrokerClient _client;
    private readonly List<long> _lookups = [];
    private IChannelListener? _listener;
    private int _connections;
    private bool _isKnown = true;

    public InterBrokerClientTests()
    {
        _network = new InMemoryNetwork(_time, new SeededRandomSource(1));
        _loop = _time.CreateLoop("client");
        var transport = _network.AddHost("client", _loop);
        _network.AddHost("peer", _time.CreateLoop("peer"));
        _client = new InterBrokerClient(new InterBrokerClientOptions
        {
            Transport = transport,
            Loop = _loop,
            PeerName = "broker 7",
            RequestTimeout = Timeout,
            Target = () =>
            {
                _lookups.Add(_time.MonotonicMs());
                return _isKnown ? new RpcConnectionOptions { Host = "peer", Port = 9092, ClientId = "1" } : null;
            },
        });
    }

    public void Dispose()
    {
        _listener?.Dispose();
    }

    [Fact]
    public void Requests_share_one_connection_and_do_not_wait_for_each_others_answers()
    {
        Listen();
        Task[] sent = [Send("a"), Send("b"), Send("c")];
        _time.RunUntilIdle();

        Assert.Equal(["a", "b", "c"], _asked.Select(asked => asked.Member));
        Assert.Equal(1, _connections);
        AnswerAll();
        Assert.All(sent, task => Assert.True(task.IsCompletedSuccessfully));
    }

    [Fact]
    public void A_connection_that_broke_is_made_again_by_the_next_request()
    {
        Listen();
        var first = Send("a");
        _time.RunUntilIdle();
        _network.Reset("client", "peer");
        _time.RunUntilIdle();
        Assert.IsType<PeerUnreachableException>(first.Exception!.InnerException);

        var second = Send("b");
        _time.AdvanceMs(50);
        AnswerAll();
        Assert.True(second.IsCompletedSuccessfully);
        Assert.Equal(2, _connections);
    }

    [Fact]
    public void Connects_that_fail_grow_rarer_up_to_once_a_second()
    {
        while (_lookups.Count < 8)
        {
            var sent = Send("a");
            while (!sent.IsCompleted)
            {
                _time.AdvanceMs(1);
            }

            Assert.IsType<PeerUnreachableException>(sent.Exception!.InnerException);
        }

        Assert.Equal([50, 100, 200, 400, 800, 1000, 1000], _lookups.Zip(_lookups.Skip(1), (earlier, later) => later - earlier));
    }

    [Fact]
    public void A_peer_whose_whereabouts_are_unknown_is_looked_for_again()
    {
        Listen();
        _isKnown = false;
        var lost = Send("a");
        _time.RunUntilIdle();
        Assert.Contains("broker 7", lost.Exception!.InnerException!.Message, StringComparison.Ordinal);

        _isKnown = true;
        var found = Send("b");
        _time.AdvanceMs(50);
        AnswerAll();
        Assert.True(found.IsCompletedSuccessfully);
        Assert.Equal(2, _lookups.Count);
    }

    [Fact]
    public void A_request_without_an_answer_fails_after_its_timeout()
    {
        Listen();
        var sent = Send("a");
        _time.Advance(Timeout - TimeSpan.FromMilliseconds(1));
        Assert.False(sent.IsCompleted);
        _time.AdvanceMs(1);
        Assert.IsType<PeerUnreachableException>(sent.Exception!.InnerException);
    }

    [Fact]
    public void A_cancelled_request_ends_its_wait_and_leaves_the_others()
    {
        Listen();
        using var cancellation = new CancellationTokenSource();
        var cancelled = Send("a", cancellation.Token);
        var other = Send("b");
        _time.RunUntilIdle();
        cancellation.Cancel();
        Assert.True(cancelled.IsCanceled);

        AnswerAll();
        Assert.True(other.IsCompletedSuccessfully);
        Assert.Equal(1, _connections);
    }

    [Fact]
    public void A_request_cancelled_before_the_connection_stands_is_never_sent()
    {
        Listen();
        using var cancellation = new CancellationTokenSource();
        var cancelled = Send("a", cancellation.Token);
        cancellation.Cancel();
        _time.RunUntilIdle();

        Assert.True(cancelled.IsCanceled);
        Assert.Empty(_asked);
    }

    [Fact]
    public void Disposed_while_it_connects_it_leaves_no_connection_behind()
    {
        Listen();
        _network.DelayMin = _network.DelayMax = TimeSpan.FromMilliseconds(10);
        var sent = Send("a");
        _time.AdvanceMs(1);
        _client.Dispose();
        _time.AdvanceMs(100);

        Assert.IsType<PeerUnreachableException>(sent.Exception!.InnerException);
        Assert.Equal(0, _network.OpenChannels);
        var late = Send("b");
        _time.RunUntilIdle();
        Assert.IsType<PeerUnreachableException>(late.Exception!.InnerException);
    }

    [Fact]
    public void An_answer_taken_in_place_lends_its_records_and_copies_nothing()
    {
        var pipeline = Pipeline(new StubHandler<FetchRequest, FetchResponse>((_, _) => new(new FetchResponse
        {
            Responses = [new() { Topic = "t", Partitions = [new() { Records = new byte[] { 1, 2, 3 } }] }],
        })));
        Listen(pipeline);
        byte[]? seen = null;
        var sent = _client.SendAsync<FetchRequest, FetchResponse>(
            new(), 11, answer => seen = answer.Responses[0].Partitions[0].Records.Memory.ToArray());
        _time.RunUntilIdle();

        Assert.Equal([1, 2, 3], seen!);
        Assert.Null(_time.Await(sent).Memory);
    }

    private Task Send(string member, CancellationToken cancellation = default) =>
        _client.SendAsync<HeartbeatRequest, HeartbeatResponse>(new() { GroupId = "g", MemberId = member }, 0, cancellation);

    private void AnswerAll()
    {
        _time.RunUntilIdle();
        _asked.ForEach(asked => asked.Answer.TrySetResult());
        _time.RunUntilIdle();
    }

    private void Listen() => Listen(Pipeline(new StubHandler<HeartbeatRequest, HeartbeatResponse>(async (request, _) =>
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked.Add((request.MemberId, answer));
        await answer.Task;
        return new HeartbeatResponse();
    })));

    private RequestPipeline Pipeline(IRequestHandler handler) =>
        new(new RequestListener("PLAINTEXT", SecurityProtocol.Plaintext), new([handler]), RequestLimits.Default, new RequestMemory(0, new MeterScope(TimeProvider.System)), _metrics, new(new RecordingLoggers()));

    private void Listen(RequestPipeline pipeline) =>
        _listener = _time.Await(_network.Find("peer")!.ListenAsync(new ListenOptions
        {
            ListenerName = "PLAINTEXT",
            Host = "peer",
            Port = 9092,
            Initializer = channel =>
            {
                _connections++;
                pipeline.Initialize(channel);
            },
        }));
}
