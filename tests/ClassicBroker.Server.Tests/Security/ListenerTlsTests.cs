using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Metadata;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Security;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Channels;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Transport;
using DotNetty.Transport.Channels;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Server.Tests.Security;

/// <summary>SSL listeners as a file describes them, with stores on a simulated disk and the test as the wire.</summary>
public sealed class ListenerTlsTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private static readonly byte[] Store = MakeStore("CN=Broker 1,OU=Test,O=Example");
    private static readonly byte[] OtherStore = MakeStore("CN=other");

    private readonly SimulatedFileSystem _files = new(new ManualTime(), new SeededRandomSource(1));

    public ListenerTlsTests()
    {
        Write("/own.p12", Store);
        Write("/other.p12", OtherStore);
    }

    [Fact]
    public void A_client_without_a_certificate_is_anonymous() =>
        Assert.Equal("User:ANONYMOUS", Handshake(Ssl("ssl.client.auth=requested"), clientLines: Trusting).Principal?.ToString());

    [Fact]
    public void A_client_with_a_certificate_speaks_for_its_subject() =>
        Assert.Equal(
            "User:CN=Broker 1,OU=Test,O=Example",
            Handshake(Ssl("ssl.client.auth=required"), clientLines: Ssl()).Principal?.ToString());

    [Fact]
    public void A_client_whose_certificate_names_no_subject_is_anonymous()
    {
        Write("/nameless.p12", MakeStore(""));
        string[] trusting =
        [
            "listeners=SSL://h:1,PLAINTEXT://h:2", "security.inter.broker.protocol=PLAINTEXT", "ssl.truststore.location=/nameless.p12",
            "ssl.principal.mapping.rules=RULE:^$/admin/,DEFAULT",
        ];
        Assert.Equal(
            "User:ANONYMOUS",
            Handshake(Ssl(["ssl.client.auth=required", .. trusting]), clientLines: Ssl("ssl.keystore.location=/nameless.p12"))
                .Principal?.ToString());
    }

    [Fact]
    public void Rules_make_the_users_name() =>
        Assert.Equal(
            "User:broker 1",
            Handshake(Ssl("ssl.client.auth=required", "ssl.principal.mapping.rules=RULE:^CN=(.*?),.*$/$1/L"), clientLines: Ssl()).Principal?.ToString());

    [Fact]
    public void A_client_no_rule_applies_to_is_refused()
    {
        var (principal, failure) = Handshake(
            Ssl("ssl.client.auth=required", "ssl.principal.mapping.rules=RULE:^CN=nobody$/x/"), clientLines: Ssl());

        Assert.Null(principal);
        Assert.Contains("no rule of ssl.principal.mapping.rules applies", failure!.Message);
    }

    [Fact]
    public void A_prefixed_key_wins_over_the_plain_one_for_its_listener_alone()
    {
        var config = Config(
            "listeners=SSL://h:1,OUTER://h:2",
            "listener.security.protocol.map=SSL:SSL,OUTER:SSL",
            "inter.broker.listener.name=SSL",
            "ssl.keystore.location=/own.p12",
            "ssl.keystore.password=secret",
            "ssl.client.auth=none",
            "listener.name.outer.ssl.client.auth=required",
            "listener.name.outer.ssl.keystore.location=/other.p12");

        Assert.Equal(ClientAuthentication.None, ListenerTls.Settings(config, "SSL").ClientAuthentication);
        Assert.Equal(ClientAuthentication.Required, ListenerTls.Settings(config, "OUTER").ClientAuthentication);
        Assert.Equal("/own.p12", ListenerTls.Settings(config, "SSL").KeyStore.Location);
        Assert.Equal("/other.p12", ListenerTls.Settings(config, "OUTER").KeyStore.Location);
    }

    [Theory]
    [InlineData("ssl.keystore.location=/gone.p12", "Invalid value /gone.p12 for configuration ssl.keystore.location: ")]
    [InlineData(
        "listener.name.ssl.ssl.keystore.location=/gone.p12",
        "Invalid value /gone.p12 for configuration listener.name.ssl.ssl.keystore.location: ")]
    [InlineData("ssl.keystore.password=wrong", "Invalid value /own.p12 for configuration ssl.keystore.location: it is no store of type JKS, or its password")]
    [InlineData("ssl.keystore.location=\nssl.keystore.password=", "Listener SSL serves SSL and needs a certificate")]
    public void A_store_that_cannot_be_used_stops_the_start_with_one_sentence(string lines, string sentence)
    {
        var config = Config([.. Ssl(), .. lines.Split('\n')]);

        var refused = Assert.Throws<ConfigException>(() => new BrokerTls(config, _files, NullLogger<BrokerTls>.Instance));

        Assert.StartsWith(sentence, refused.Message);
        Assert.DoesNotContain("secret", refused.Message);
    }

    [Fact]
    public void A_certificate_whose_every_handshake_would_fail_stops_the_start()
    {
        Write("/weak.p12", File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Security", "signed-with-sha1.p12")));

        var refused = Assert.Throws<ConfigException>(
            () => new BrokerTls(Config([.. Ssl(), "ssl.keystore.location=/weak.p12"]), _files, NullLogger<BrokerTls>.Instance));

        Assert.Equal(
            "Invalid value /weak.p12 for configuration ssl.keystore.location: its certificate CN=weak of alias weak is signed with SHA-1, "
            + "which fails every handshake; have it signed with SHA-256",
            refused.Message);
    }

    [Theory]
    [InlineData("listener.name.ssl.ssl.client.auth=perhaps", "Invalid value perhaps for configuration listener.name.ssl.ssl.client.auth: String must be")]
    [InlineData("listener.name.ssl.ssl.enabled.protocols=SSLv3", "Invalid value SSLv3 for configuration listener.name.ssl.ssl.enabled.protocols")]
    [InlineData("ssl.principal.mapping.rules=RULE", "ssl.principal.mapping.rules")]
    public void Settings_are_checked_before_any_file_is_opened(string line, string fragment) =>
        Assert.Contains(fragment, Assert.Throws<ConfigException>(() => Config([.. Ssl(), line])).Message);

    [Fact]
    public void Sasl_over_tls_needs_a_certificate_too() =>
        Assert.Contains(
            "Listener SASL_SSL serves SASL_SSL and needs a certificate",
            Assert.Throws<ConfigException>(
                () => new BrokerTls(Config("listeners=PLAINTEXT://h:1,SASL_SSL://h:2"), _files, NullLogger<BrokerTls>.Instance)).Message);

    [Fact]
    public void A_change_that_cannot_be_used_leaves_the_certificate_there_was()
    {
        string[] lines = [.. Ssl("ssl.allow.dn.changes=true"), "listeners=SSL://h:1,PLAINTEXT://h:2", "security.inter.broker.protocol=PLAINTEXT"];
        var tls = new BrokerTls(Config(lines), _files, NullLogger<BrokerTls>.Instance);

        Assert.Throws<ConfigException>(() => tls.Check(Config([.. lines, "ssl.keystore.location=/gone.p12"])));
        tls.Reload(Config([.. lines, "ssl.keystore.location=/gone.p12"]));
        Assert.Equal("CN=Broker 1, OU=Test, O=Example", ShownBy(tls));

        tls.Reload(Config([.. lines, "ssl.keystore.location=/other.p12"]));
        Assert.Equal("CN=other", ShownBy(tls));
    }

    [Fact]
    public void Brokers_connect_to_each_other_as_the_listener_says()
    {
        var tls = new BrokerTls(Config(Ssl()), _files, NullLogger<BrokerTls>.Instance);

        Assert.NotNull(tls.Towards(new BrokerEndpoint("SSL", "h", 1, SecurityProtocol.Ssl), Timeout));
        Assert.Null(tls.Towards(new BrokerEndpoint("PLAINTEXT", "h", 1, SecurityProtocol.Plaintext), Timeout));
    }

    private static string[] Ssl(params string[] more) =>
    [
        "listeners=SSL://h:1", "security.inter.broker.protocol=SSL", "ssl.keystore.location=/own.p12", "ssl.keystore.password=secret",
        .. Trusting, .. more,
    ];

    private static string[] Trusting { get; } =
        ["ssl.truststore.location=/own.p12", "ssl.truststore.password=secret", "ssl.endpoint.identification.algorithm="];

    private static KafkaConfig Config(params string[] lines) =>
        KafkaConfig.From(JavaProperties.Parse("zookeeper.connect=zk:1\n" + string.Join('\n', lines)), "host.example");

    private static byte[] MakeStore(string subject)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return certificate.Export(X509ContentType.Pkcs12, "secret");
    }

    private (KafkaPrincipal? Principal, Exception? Failure) Handshake(string[] brokerLines, string[] clientLines)
    {
        var tls = new BrokerTls(Config(brokerLines), _files, NullLogger<BrokerTls>.Instance);
        var broker = new Accepting(tls);
        var properties = JavaProperties.Parse(string.Join('\n', clientLines));
        var context = TlsContext.Load(TlsSettings.Read(properties.GetValueOrDefault), _files);
        var client = new EmbeddedChannel(new TlsHandler(context.Client("h"), Timeout), new Connecting());
        Exchange(client, broker.Channel);
        return broker.Failure is null ? (broker.Connection!.Principal, null) : (null, broker.Failure);
    }

    private string? ShownBy(BrokerTls tls)
    {
        var broker = new Accepting(tls);
        var trusted = string.Join('\n', new[] { Store, OtherStore }.Select(
            store => X509CertificateLoader.LoadPkcs12(store, "secret").ExportCertificatePem()));
        var settings = TlsSettings.Read(key => key switch
        {
            "ssl.truststore.type" => "PEM",
            "ssl.truststore.certificates" => trusted,
            "ssl.endpoint.identification.algorithm" => "",
            _ => null,
        });
        var client = new Connecting();
        Exchange(new EmbeddedChannel(new TlsHandler(TlsContext.Load(settings, _files).Client("h"), Timeout), client), broker.Channel);
        return client.Shown;
    }

    private static void Exchange(EmbeddedChannel one, EmbeddedChannel other)
    {
        while (Carry(one, other) | Carry(other, one))
        {
        }
    }

    private static bool Carry(EmbeddedChannel from, EmbeddedChannel to)
    {
        var bytes = from.TakeOutbound();
        if (bytes.Length > 0 && to.Open)
        {
            to.WriteInbound(bytes);
        }

        return bytes.Length > 0;
    }

    private void Write(string path, byte[] content)
    {
        using var file = _files.Open(path, FileOpenMode.Truncate);
        file.Write(content, 0);
    }

    /// <summary>A channel as an SSL listener sets it up, with a last handler that keeps what goes wrong.</summary>
    private sealed class Accepting : TransportHandler
    {
        private readonly BrokerTls _tls;

        public Accepting(BrokerTls tls)
        {
            _tls = tls;
            Channel = new EmbeddedChannel(this);
        }

        public EmbeddedChannel Channel { get; }

        public ClientConnection? Connection { get; private set; }

        public Exception? Failure { get; private set; }

        public override void HandlerAdded(IChannelHandlerContext context)
        {
            Connection = new ClientConnection(context.Transport(), new RequestListener("SSL", SecurityProtocol.Ssl), RequestLimits.Default);
            _tls.Of(new BrokerEndpoint("SSL", "localhost", 0, SecurityProtocol.Ssl))(context.Transport(), Connection);
        }

        protected override void OnException(IChannelHandlerContext context, Exception exception) => Failure = exception;
    }

    private sealed class Connecting : TransportHandler
    {
        /// <summary>The subject of the certificate the broker showed.</summary>
        public string? Shown { get; private set; }

        public override void UserEventTriggered(IChannelHandlerContext context, object evt) =>
            Shown = (evt as TlsHandshakeCompleted)?.PeerCertificate?.Subject ?? Shown;

        protected override void OnException(IChannelHandlerContext context, Exception exception)
        {
        }
    }
}
