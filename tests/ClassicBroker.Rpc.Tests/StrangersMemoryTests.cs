using ClassicBroker.Platform.Metrics;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Testing.Security;
using ClassicBroker.Transport;

namespace ClassicBroker.Rpc.Tests;

/// <summary>What clients that are not authenticated may hold, one and all.</summary>
public sealed class StrangersMemoryTests
{
    private const int Budget = 32 * 1024 * 1024;
    private const int StrangersMax = Budget / 16;
    private const int FrameMax = 512 * 1024;

    private static readonly SaslListener Listener = new()
    {
        Mechanisms = [new PlainServerMechanism(new Dictionary<string, string> { ["user_alice"] = "s3cret" })],
        FrameLengthMax = FrameMax,
        FailureDelay = TimeSpan.FromSeconds(1),
    };

    private readonly RequestMemory _memory = new(Budget, new MeterScope(TimeProvider.System));
    private readonly StubHandler<HeartbeatRequest, HeartbeatResponse> _heartbeats = new((_, _) => new(new HeartbeatResponse()));

    [Fact]
    public void Half_frames_of_strangers_are_bounded_and_stop_no_one()
    {
        var strangers = Enumerable.Range(0, 200).Select(_ => Connect()).ToList();
        foreach (var stranger in strangers)
        {
            SendInPieces(stranger, Stranger.HalfFrame(FrameMax));
        }

        Assert.Equal(0, _memory.Frames.UsedBytes);
        Assert.InRange(_memory.Strangers.UsedBytes, StrangersMax / 2, StrangersMax + (strangers.Count * LengthFieldFrameDecoder.FirstCapacity));

        using (var newcomer = Connect())
        {
            var (first, second) = Halves(Frames.Request(new SaslHandshakeRequest { Mechanism = "PLAIN" }, 1, 1));
            newcomer.Channel.WriteInbound(first);
            newcomer.Channel.WriteInbound(second);
            newcomer.Send(new SaslAuthenticateRequest { AuthBytes = "\0alice\0s3cret"u8.ToArray() }, 1, 2);
            Assert.True(newcomer.Connection.IsAuthenticated);
            var large = Frames.Raw([.. Frames.Request(new HeartbeatRequest { GroupId = "g" }, 0, 3)[4..], .. new byte[4 * 1024 * 1024]]);
            SendInPieces(newcomer, large);
            Assert.Single(_heartbeats.Asked);
        }

        strangers.ForEach(stranger => stranger.Channel.Advance(FrameMemory.StrangerTimeMax));
        Assert.All(strangers, stranger => Assert.False(stranger.Channel.Open));
        strangers.ForEach(stranger => stranger.Dispose());
        Assert.Equal(0, _memory.UsedBytes);
    }

    [Fact]
    public void Who_holds_much_has_little_time()
    {
        using var greedy = Connect();
        using var modest = Connect();
        using var quick = Connect();
        var frame = Stranger.HalfFrame(FrameMax);
        SendInPieces(greedy, frame.AsSpan(0, 100_000));
        SendInPieces(modest, frame.AsSpan(0, 60_000));
        SendInPieces(quick, Frames.Raw(new byte[100_000]).AsSpan(0, 90_000));

        quick.Channel.WriteInbound(new byte[10_000]);
        Advance(FrameMemory.StrangerTimeMax - TimeSpan.FromMilliseconds(1), greedy, modest);
        Assert.True(greedy.Channel.Open);
        Advance(TimeSpan.FromMilliseconds(1), greedy, modest);
        Assert.False(greedy.Channel.Open);
        Assert.True(modest.Channel.Open);
        Assert.Contains("the rest not within 5 s", Assert.Single(greedy.Log.Lines), StringComparison.Ordinal);
        Assert.DoesNotContain(quick.Log.Lines, line => line.Contains("the rest not within", StringComparison.Ordinal));
    }

    [Fact]
    public void Requests_whose_refusal_is_held_back_take_no_room_from_others()
    {
        var strangers = Enumerable.Range(0, 20).Select(_ => Connect()).ToList();
        foreach (var stranger in strangers)
        {
            stranger.Send(new SaslHandshakeRequest { Mechanism = "PLAIN" }, 1, 1);
            stranger.Send(new SaslAuthenticateRequest { AuthBytes = new byte[400_000] }, 1, 2);
        }

        Assert.Equal(0, _memory.Requests.UsedBytes);
        Assert.True(_memory.Strangers.UsedBytes >= 20 * 400_000);
        strangers.ForEach(stranger => stranger.Channel.Advance(Listener.FailureDelay));
        strangers.ForEach(stranger => stranger.Dispose());
        Assert.Equal(0, _memory.UsedBytes);
    }

    private static void Advance(TimeSpan time, params BrokerEnd[] brokers)
    {
        foreach (var broker in brokers)
        {
            broker.Channel.Advance(time);
        }
    }

    private static (byte[] First, byte[] Second) Halves(byte[] frame) => (frame[..(frame.Length / 2)], frame[(frame.Length / 2)..]);

    /// <summary>As a socket gives them, for as long as they are taken.</summary>
    private static void SendInPieces(BrokerEnd broker, ReadOnlySpan<byte> bytes)
    {
        const int Piece = 10_000;
        for (; bytes.Length > 0 && broker.Channel.Open; bytes = bytes[Math.Min(Piece, bytes.Length)..])
        {
            broker.Channel.WriteInbound(bytes[..Math.Min(Piece, bytes.Length)]);
            broker.Channel.Time.RunUntilIdle();
        }
    }

    private BrokerEnd Connect() => new(Listener, _memory, _heartbeats);
}
