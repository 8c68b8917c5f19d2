using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Testing.Channels;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Transport;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport.Tests;

/// <summary>Two embedded channels, one each side, and the test as the wire between them.</summary>
public sealed class TlsHandlerTests
{
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);
    private static readonly KeyStore ServerStore = TestCertificate.Store("CN=server", "broker.example");
    private static readonly KeyStore ClientStore = TestCertificate.Store("CN=client");

    [Fact]
    public void Bytes_pass_both_ways_and_the_peer_is_announced()
    {
        var (client, server) = Pair(Client(), TlsOptions.Server(ServerStore, null, ClientAuthentication.None));
        client.Run(() => client.Channel.SendAndFlush(Message.Of("before the handshake is over"u8)));
        Exchange(client, server);
        server.Run(() => server.Channel.SendAndFlush(Message.Of("and back"u8)));
        Exchange(client, server);

        Assert.Equal("before the handshake is over", server.Text);
        Assert.Equal("and back", client.Text);
        Assert.Null(server.Completed!.PeerCertificate);
        Assert.Equal("CN=server", client.Completed!.PeerCertificate!.Subject);
    }

    [Fact]
    public void Every_split_of_the_stream_gives_the_same_bytes()
    {
        var (client, server) = Pair(Client(), TlsOptions.Server(ServerStore, null, ClientAuthentication.None));
        client.Run(() => client.Channel.SendAndFlush(Message.Of("one byte at a time"u8)));
        Exchange(client, server, pieceBytes: 1);

        Assert.Equal("one byte at a time", server.Text);
    }

    [Fact]
    public void Large_payloads_are_encrypted_as_the_channel_drains()
    {
        var (client, server) = Pair(Client(), TlsOptions.Server(ServerStore, null, ClientAuthentication.None));
        Exchange(client, server);
        var payload = new byte[4 << 20];
        new Random(5).NextBytes(payload);

        server.Channel.PeerTakes = false;
        server.Run(() => server.Channel.SendAndFlush(Message.Of(payload)));
        Assert.True(server.Channel.PendingWriteBytes >= payload.Length);
        Assert.False(server.Channel.IsWritable);
        server.Channel.PeerTakes = true;
        Exchange(client, server);

        Assert.Equal(payload, client.Received.ToArray());
        Assert.Equal(0, server.Channel.PendingWriteBytes);
        Assert.True(server.Channel.IsWritable);
    }

    [Fact]
    public void A_client_certificate_is_shown_where_required()
    {
        var (client, server) = Pair(Client(ClientStore), TlsOptions.Server(ServerStore, ClientStore, ClientAuthentication.Required));
        Exchange(client, server);

        Assert.Equal("CN=client", server.Completed!.PeerCertificate!.Subject);
    }

    [Theory]
    [InlineData(ClientAuthentication.Requested, false, true)]
    [InlineData(ClientAuthentication.Required, false, false)]
    [InlineData(ClientAuthentication.Requested, true, false)]
    [InlineData(ClientAuthentication.Required, true, false)]
    public void A_missing_or_untrusted_client_certificate_is_refused_as_the_listener_says(ClientAuthentication mode, bool showsUntrusted, bool accepted)
    {
        var stranger = TestCertificate.Store("CN=stranger");
        var (client, server) = Pair(Client(showsUntrusted ? stranger : null), TlsOptions.Server(ServerStore, ClientStore, mode));
        Exchange(client, server);

        Assert.Equal(accepted, server.Completed is not null && server.Failure is null);
        Assert.Equal(accepted, server.Channel.Open);
    }

    [Fact]
    public void A_client_says_what_is_wrong_with_the_certificate_it_refuses()
    {
        var expired = TestCertificate.Store("CN=server", "broker.example", DateTimeOffset.UtcNow.AddHours(-1));
        Assert.Contains(
            "issued by CN=server, leads to no authority that is trusted here",
            Refusal(TlsOptions.Client("broker.example", ClientStore, null, verifyHost: true), ServerStore));
        Assert.Contains(
            "is for broker.example and not for other.example",
            Refusal(TlsOptions.Client("other.example", ServerStore, null, verifyHost: true), ServerStore));
        Assert.Contains("has expired", Refusal(TlsOptions.Client("broker.example", expired, null, verifyHost: true), expired));
    }

    [Fact]
    public void A_client_that_is_left_after_the_handshake_says_what_the_reason_may_be()
    {
        var (client, server) = Pair(Client(), TlsOptions.Server(ServerStore, ClientStore, ClientAuthentication.Required));
        Exchange(client, server);

        Assert.Contains("showed no certificate", server.Failure!.Message);
        client.Channel.FinishInbound();
        Assert.Contains("does it require a client certificate", client.Failure!.Message);
    }

    [Fact]
    public void Sides_without_a_version_in_common_say_so()
    {
        var (client, server) = Pair(
            TlsOptions.Client("broker.example", ServerStore, null, verifyHost: true, SslProtocols.Tls12),
            TlsOptions.Server(ServerStore, null, ClientAuthentication.None, SslProtocols.Tls13));
        Exchange(client, server);

        Assert.Contains("no version of TLS in common", server.Failure!.Message);
        Assert.Contains("no version of TLS in common", client.Failure!.Message);
    }

    [Fact]
    public void Only_the_suites_allowed_are_negotiated()
    {
        var settings = TlsSettings.Read(key => key == "ssl.cipher.suites" ? "TLS_AES_128_GCM_SHA256" : null);
        var (client, server) = Pair(
            Client(), TlsOptions.Server(ServerStore, null, ClientAuthentication.None, cipherSuites: settings.CipherSuites));
        Exchange(client, server);

        Assert.Equal(TlsCipherSuite.TLS_AES_128_GCM_SHA256, client.Completed!.CipherSuite);
    }

    /// <summary>A listener that shares its options among all its connections must not gather their certificates.</summary>
    [Fact]
    public void Handshakes_leave_the_options_of_a_listener_as_they_were()
    {
        var options = TlsOptions.Server(ServerStore, ClientStore, ClientAuthentication.Required);
        for (var i = 0; i < 3; i++)
        {
            var (client, server) = Pair(Client(ClientStore), options);
            Exchange(client, server);
            Assert.NotNull(server.Completed);
        }

        Assert.Empty(options.CertificateChainPolicy!.ExtraStore);
        Assert.Single(options.CertificateChainPolicy.CustomTrustStore);
    }

    [Fact]
    public void A_wrong_name_is_accepted_where_names_are_not_verified()
    {
        var (client, server) = Pair(
            TlsOptions.Client("other.example", ServerStore, null, verifyHost: false), TlsOptions.Server(ServerStore, null, ClientAuthentication.None));
        Exchange(client, server);

        Assert.NotNull(client.Completed);
    }

    [Fact]
    public void Plaintext_is_recognised_and_ends_the_connection()
    {
        var server = new Side(new TlsHandler(TlsOptions.Server(ServerStore, null, ClientAuthentication.None), HandshakeTimeout));
        server.Channel.WriteInbound([0, 0, 0, 20, 0, 18, 0, 3]);

        Assert.IsType<TlsHandshakeException>(server.Failure);
        Assert.Contains("does not speak TLS", server.Failure!.Message);
        Assert.Equal([0x15, 3, 3, 0, 2, 2, 10], server.Channel.TakeOutbound());
        Assert.False(server.Channel.Open);
    }

    [Fact]
    public void Http_is_called_by_its_name()
    {
        var server = new Side(new TlsHandler(TlsOptions.Server(ServerStore, null, ClientAuthentication.None), HandshakeTimeout));
        server.Channel.WriteInbound("GET / HTTP/1.1\r\n"u8);

        Assert.Contains("HTTP came where a TLS handshake was expected", server.Failure!.Message);
    }

    [Fact]
    public void A_client_on_a_plaintext_port_is_told_whether_it_is_answered_or_left()
    {
        var answered = new Side(new TlsHandler(Client(), HandshakeTimeout));
        answered.Channel.WriteInbound([0, 0, 0, 20, 0, 18, 0, 3]);
        Assert.Contains("the peer does not speak TLS but plaintext on this port", answered.Failure!.Message);

        var left = new Side(new TlsHandler(Client(), HandshakeTimeout));
        left.Run(() => left.Channel.SendAndFlush(Message.Of("a request that waits for the handshake"u8)));
        left.Channel.FinishInbound();
        Assert.Contains("does the port speak plaintext", left.Failure!.Message);
        Assert.False(((TlsHandshakeException)left.Failure).IsRefusal);
        Assert.False(left.Channel.Open);

        var reset = new Side(new TlsHandler(Client(), HandshakeTimeout));
        reset.Channel.Break(new ConnectionResetException("recv: connection reset"));
        Assert.Contains("does the port speak plaintext", reset.Failure!.Message);
    }

    [Fact]
    public void A_port_check_that_says_nothing_is_no_failure()
    {
        var server = new Side(new TlsHandler(TlsOptions.Server(ServerStore, null, ClientAuthentication.None), HandshakeTimeout));
        server.Channel.FinishInbound();

        Assert.Null(server.Failure);
        Assert.False(server.Channel.Open);
    }

    [Fact]
    public void A_handshake_that_never_ends_is_ended()
    {
        var server = new Side(new TlsHandler(TlsOptions.Server(ServerStore, null, ClientAuthentication.None), HandshakeTimeout));
        server.Channel.Advance(HandshakeTimeout);

        Assert.IsType<TlsHandshakeException>(server.Failure);
        Assert.False(server.Channel.Open);
    }

    private static string Refusal(SslClientAuthenticationOptions options, KeyStore serverStore)
    {
        var (client, server) = Pair(options, TlsOptions.Server(serverStore, null, ClientAuthentication.None));
        Exchange(client, server);
        Assert.IsType<TlsHandshakeException>(client.Failure);
        Assert.False(client.Channel.Open);
        return client.Failure!.Message;
    }

    private static SslClientAuthenticationOptions Client(KeyStore? own = null) => TlsOptions.Client("broker.example", ServerStore, own, verifyHost: true);

    private static (Side Client, Side Server) Pair(SslClientAuthenticationOptions client, SslServerAuthenticationOptions server) =>
        (new(new TlsHandler(client, HandshakeTimeout)), new(new TlsHandler(server, HandshakeTimeout)));

    /// <summary>Carries bytes to and fro until neither side has any for the other.</summary>
    private static void Exchange(Side client, Side server, int pieceBytes = int.MaxValue)
    {
        while (Carry(client, server, pieceBytes) | Carry(server, client, pieceBytes))
        {
        }
    }

    private static bool Carry(Side from, Side to, int pieceBytes)
    {
        var bytes = from.Channel.TakeOutbound();
        for (var rest = bytes.AsSpan(); rest.Length > 0 && to.Channel.Open;)
        {
            var piece = rest[..Math.Min(pieceBytes, rest.Length)];
            to.Channel.WriteInbound(piece);
            rest = rest[piece.Length..];
        }

        return bytes.Length > 0;
    }

    /// <summary>A channel with a TLS handler and one behind it that keeps what comes.</summary>
    private sealed class Side : TransportHandler
    {
        public Side(TlsHandler tls) => Channel = new EmbeddedChannel(tls, this);

        public EmbeddedChannel Channel { get; }

        public List<byte> Received { get; } = [];

        public string Text => Encoding.UTF8.GetString(Received.ToArray());

        public TlsHandshakeCompleted? Completed { get; private set; }

        public Exception? Failure { get; private set; }

        public void Run(Action work) => Channel.Run(work);

        public override void ChannelRead(IChannelHandlerContext context, object message) => Received.AddRange(((IByteBuffer)message).ReadableSpan());

        public override void UserEventTriggered(IChannelHandlerContext context, object evt) => Completed = evt as TlsHandshakeCompleted ?? Completed;

        protected override void OnException(IChannelHandlerContext context, Exception exception) => Failure = exception;
    }
}
