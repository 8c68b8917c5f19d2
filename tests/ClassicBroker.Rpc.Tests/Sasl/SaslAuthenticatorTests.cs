using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc.Sasl;

namespace ClassicBroker.Rpc.Tests.Sasl;

/// <summary>What the recordings do not show: time limits, what is logged, and that strangers get nowhere.</summary>
public sealed class SaslAuthenticatorTests
{
    private static readonly SaslListener Listener = new()
    {
        Mechanisms = [new PlainServerMechanism(new Dictionary<string, string> { ["user_alice"] = "s3cret" })],
        FrameLengthMax = 1000,
    };

    private readonly StubHandler<HeartbeatRequest, HeartbeatResponse> _heartbeats = new((_, _) => new(new HeartbeatResponse()));

    [Fact]
    public void A_client_that_takes_too_long_is_cut_off()
    {
        using var silent = new BrokerEnd(Listener, _heartbeats);
        silent.Send(new SaslHandshakeRequest { Mechanism = "PLAIN" }, 1, 1);
        silent.Channel.Advance(TimeSpan.FromSeconds(29));
        Assert.True(silent.Channel.Open);
        silent.Channel.Advance(TimeSpan.FromSeconds(1));
        Assert.False(silent.Channel.Open);
        Assert.Contains("the client was not authenticated within 30 s", Assert.Single(silent.Log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_that_is_authenticated_may_stay()
    {
        using var broker = LoggedIn();
        broker.Channel.Advance(TimeSpan.FromMinutes(5));
        broker.Send(new HeartbeatRequest(), 1, 3);
        Assert.Equal([3], broker.TakeAnswered());
        Assert.Equal("User:alice", Assert.Single(_heartbeats.Asked).Context.Principal.ToString());
    }

    [Fact]
    public void Frames_are_as_long_as_the_listener_says_until_the_client_is_authenticated()
    {
        byte[] announced = [0, 0, 0x10, 0];
        using var stranger = new BrokerEnd(Listener, _heartbeats);
        stranger.Channel.WriteInbound(announced);
        stranger.Channel.Advance(Listener.FailureDelay);
        Assert.False(stranger.Channel.Open);

        using var friend = LoggedIn();
        friend.Channel.WriteInbound(announced);
        friend.Channel.Advance(Listener.FailureDelay);
        Assert.True(friend.Channel.Open);
    }

    [Fact]
    public void Nothing_a_stranger_sends_reaches_a_handler()
    {
        foreach (var api in ApiCatalog.All.Where(api => api.Key is not (ApiKey.ApiVersions or ApiKey.SaslHandshake or ApiKey.SaslAuthenticate)))
        {
            using var broker = new BrokerEnd(Listener, _heartbeats);
            broker.Channel.WriteInbound(Frames.Raw(0, (byte)api.Key, 0, 0, 0, 0, 0, 1, 0xFF, 0xFF));
            broker.Channel.Advance(Listener.FailureDelay);
            Assert.False(broker.Channel.Open);
            Assert.Equal(0, broker.Channel.OutboundLength);
            Assert.Contains("before authentication", Assert.Single(broker.Log.Lines), StringComparison.Ordinal);
        }

        Assert.Empty(_heartbeats.Asked);
    }

    [Fact]
    public void A_refusal_is_logged_without_the_secret()
    {
        using var broker = new BrokerEnd(Listener, _heartbeats);
        broker.Send(new SaslHandshakeRequest { Mechanism = "PLAIN" }, 1, 1);
        broker.Send(new SaslAuthenticateRequest { AuthBytes = "\0alice\0t0ps3cret"u8.ToArray() }, 1, 2);
        var line = Assert.Single(broker.Log.Lines);
        Assert.Contains("Failed authentication with", line, StringComparison.Ordinal);
        Assert.Contains("PLAIN: there is no such user, or the password is wrong", line, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_that_leaves_while_its_refusal_waits_leaves_nothing_behind()
    {
        using var broker = new BrokerEnd(Listener, _heartbeats);
        broker.Send(new SaslHandshakeRequest { Mechanism = "PLAIN" }, 1, 1);
        broker.Send(new SaslAuthenticateRequest { AuthBytes = "\0alice\0no"u8.ToArray() }, 1, 2);
        broker.Channel.Run(broker.Channel.Close);
        broker.Channel.Advance(TimeSpan.FromMinutes(1));
        Assert.False(broker.Channel.Open);
    }

    [Fact]
    public void What_comes_with_a_wrong_password_in_one_piece_is_not_read()
    {
        using var broker = new BrokerEnd(Listener, _heartbeats);
        broker.Channel.WriteInbound(
        [
            .. Frames.Request(new SaslHandshakeRequest { Mechanism = "PLAIN" }, 1, 1),
            .. Frames.Request(new SaslAuthenticateRequest { AuthBytes = "\0alice\0no"u8.ToArray() }, 1, 2),
            .. Frames.Request(new SaslAuthenticateRequest { AuthBytes = "\0alice\0s3cret"u8.ToArray() }, 1, 3),
            .. Frames.Request(new HeartbeatRequest(), 1, 4),
        ]);
        broker.Channel.Advance(Listener.FailureDelay);
        Assert.Equal([1, 2], broker.TakeAnswered());
        Assert.False(broker.Channel.Open);
        Assert.Empty(_heartbeats.Asked);
    }

    [Fact]
    public void A_session_ends_with_its_credential_even_where_the_listener_sets_no_limit()
    {
        var session = SaslSession.Begin(new SaslIdentity(KafkaPrincipal.Anonymous, ExpiresAtMs: 5_000), "X", 0, 1_000, 70);
        Assert.Equal((4_000L, 4_070L), (session.LifetimeMs, session.EndsAtMs));
        Assert.False(session.HasEnded(4_069));
        Assert.True(session.HasEnded(4_070));
        Assert.Equal(1_500, SaslSession.Begin(session.Identity, "X", 1_500, 1_000, 70).LifetimeMs);
        Assert.Equal(0, SaslSession.Begin(session.Identity, "X", 1_500, 6_000, 70).LifetimeMs);
        Assert.Null(SaslSession.Begin(new SaslIdentity(KafkaPrincipal.Anonymous), "X", -1, 1_000, 70).EndsAtMs);

        // The year 9999: Kafka's arithmetic overflows there.
        var longest = SaslSession.Begin(new SaslIdentity(KafkaPrincipal.Anonymous, 253_402_300_799_000), "X", 0, 1_000, 70);
        Assert.False(longest.HasEnded(1_000_000));
    }

    private BrokerEnd LoggedIn()
    {
        var broker = new BrokerEnd(Listener, _heartbeats);
        broker.Send(new SaslHandshakeRequest { Mechanism = "PLAIN" }, 1, 1);
        broker.Send(new SaslAuthenticateRequest { AuthBytes = "\0alice\0s3cret"u8.ToArray() }, 2, 2);
        Assert.Equal([1, 2], broker.TakeAnswered());
        return broker;
    }
}
