using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Interop.Tests.OAuth;

/// <summary>
/// Brokers, our tools and foreign clients with an issuer of tokens behind HTTPS: brokers verify by its published keys and log in at each
/// other with tokens of its endpoint.
/// </summary>
public sealed class OAuthIssuerTests : IAsyncLifetime
{
    private const string Package = "org.apache.kafka.common.security.oauthbearer.";
    private const string StorePassword = "store-secret";

    private static readonly string Drivers = Path.Combine(AppContext.BaseDirectory, "Clients");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ScratchDirectory _scratch = new();
    private readonly TestAuthority _authority = new("Test authority");
    private X509Certificate2? _certificate;
    private HttpsIssuer? _issuer;
    private ZooKeeperServerProcess? _zooKeeper;
    private int _files;

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(_scratch.File("ca.pem"), _authority.CertificatePem);
        _certificate = _authority.Issue("CN=localhost,O=Test", "localhost");
        await File.WriteAllBytesAsync(_scratch.File("broker.p12"), _certificate.Export(X509ContentType.Pkcs12, StorePassword));
        _issuer = await HttpsIssuer.StartAsync(_certificate);
        _zooKeeper = await new ZooKeeperServerProcess(_scratch.File("zookeeper")).StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_issuer is not null)
        {
            await _issuer.DisposeAsync();
        }

        if (_zooKeeper is not null)
        {
            await _zooKeeper.DisposeAsync();
        }

        _certificate?.Dispose();
        _authority.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Records_travel_between_brokers_and_clients_by_tokens_of_an_issuer()
    {
        await using var first = NewBroker(0);
        await using var second = NewBroker(1);
        await first.StartAsync();
        await second.StartAsync();
        await Acquaintance.AwaitAsync([Bootstrap(first), Bootstrap(second)], ["--command-config", ClientProperties("broker")]);
        var bootstrap = Bootstrap(first);
        (await ToolAsync("kafka-topics.sh", "broker", bootstrap, "--create", "--topic", "t", "--replication-factor", "2", "--config", "min.insync.replicas=2"))
            .RequireSuccess();
        var produced = await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-console-producer.sh"),
            ["--bootstrap-server", bootstrap, "--topic", "t", "--producer-property", "acks=all", "--producer.config", ClientProperties("broker")],
            Encoding.UTF8.GetBytes("one\ntwo\n"));
        produced.RequireSuccess();
        var consumed = await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-console-consumer.sh"),
            [
                "--bootstrap-server", bootstrap, "--topic", "t", "--from-beginning", "--max-messages", "2",
                "--consumer.config", ClientProperties("broker"),
            ]);
        Assert.Equal("one\ntwo\n", consumed.RequireSuccess().Text);

        // The user is the token's subject, and has no rights of its own.
        var refused = await ToolAsync("kafka-topics.sh", "app", bootstrap, "--create", "--topic", "own");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("Authorization failed", refused.Text, StringComparison.Ordinal);
        var stranger = await ToolAsync("kafka-topics.sh", "stranger", bootstrap, "--list");
        Assert.Equal(1, stranger.ExitCode);
        Assert.Contains("the answer has status 401 and the error invalid_client", stranger.Text + stranger.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Foreign_clients_get_in_with_tokens_that_the_issuer_signed_only()
    {
        await using var broker = NewBroker(0);
        await broker.StartAsync();
        foreach (var (program, arguments) in new[]
        {
            ("/usr/bin/python3", new[] { Path.Combine(Drivers, "sasl_session.py"), "confluent" }),
            ("/usr/bin/python3", [Path.Combine(Drivers, "sasl_session.py"), "kafka-python"]),
            ("node", [Path.Combine(Drivers, "kafkajs_sasl.js")]),
        })
        {
            var input = Cell(broker, "right", _issuer!.TokenFor("app")) + Cell(broker, "wrong", _issuer.ForgedTokenFor("app"));
            var outcome = await ChildProcess.RunAsync(
                program, arguments, Encoding.UTF8.GetBytes(input), TimeSpan.FromSeconds(60),
                new Dictionary<string, string> { ["NODE_PATH"] = RepositoryLayout.NodeModules });
            Assert.Equal("right in\nwrong out", outcome.RequireSuccess().Text.Trim());
        }
    }

    [Fact]
    public async Task An_issuer_that_changes_its_key_is_asked_for_the_new_one()
    {
        await using var broker = NewBroker(0);
        await broker.StartAsync();
        Assert.Equal(1, _issuer!.KeyRequests);
        (await ToolAsync("kafka-topics.sh", "broker", Bootstrap(broker), "--list")).RequireSuccess();
        _issuer.ChangeKey();

        // The first token with the new key is refused, and has the keys asked for.
        using var patience = new CancellationTokenSource(Patience);
        while ((await ToolAsync("kafka-topics.sh", "broker", Bootstrap(broker), "--list")).ExitCode != 0)
        {
            patience.Token.ThrowIfCancellationRequested();
        }

        Assert.True(_issuer.KeyRequests > 1);
    }

    [Theory]
    [InlineData("untrusted", "TLS handshake failed")]
    [InlineData("away", "could not be established")]
    [InlineData("elsewhere", "the answer has status 404")]
    public async Task Without_the_issuers_keys_no_broker_starts(string about, string reason)
    {
        await using var broker = NewBroker(0, isTrusting: about != "untrusted");
        broker.Properties["sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms"] = "300";
        broker.Properties["sasl.oauthbearer.jwks.endpoint.url"] = about switch
        {
            "away" => $"https://localhost:{LoopbackPorts.Next()}/keys",
            "elsewhere" => _issuer!.Url + "/nothing",
            _ => _issuer!.Url + "/keys",
        };
        broker.Launch();
        Assert.Equal(1, await broker.Process.WaitForExitAsync(Patience));
        Assert.Contains(
            "The OAuth validator configuration encountered an error when initializing the VerificationKeyResolver", broker.Process.Output,
            StringComparison.Ordinal);
        Assert.Contains(reason, broker.Process.Output, StringComparison.Ordinal);
    }

    private static string Bootstrap(KafkaServerProcess broker) => broker.Properties["advertised.listeners"]["SASL_SSL://".Length..];

    private KafkaServerProcess NewBroker(int id, bool isTrusting = true)
    {
        var port = LoopbackPorts.Next();
        const string prefix = "listener.name.sasl_ssl.oauthbearer.sasl.";
        return new KafkaServerProcess(_scratch.File($"broker-{id}"), _zooKeeper!.ConnectString, id, new Dictionary<string, string>
        {
            ["listeners"] = $"SASL_SSL://127.0.0.1:{port}",
            ["advertised.listeners"] = $"SASL_SSL://localhost:{port}",
            ["security.inter.broker.protocol"] = "SASL_SSL",
            ["sasl.enabled.mechanisms"] = "OAUTHBEARER",
            ["sasl.mechanism.inter.broker.protocol"] = "OAUTHBEARER",
            ["ssl.keystore.type"] = "PKCS12",
            ["ssl.keystore.location"] = _scratch.File("broker.p12"),
            ["ssl.keystore.password"] = StorePassword,
            ["ssl.truststore.type"] = "PEM",
            ["ssl.truststore.location"] = _scratch.File("ca.pem"),
            ["authorizer.class.name"] = "kafka.security.authorizer.AclAuthorizer",
            ["super.users"] = "User:broker",
            ["sasl.oauthbearer.jwks.endpoint.url"] = _issuer!.Url + "/keys",
            ["sasl.oauthbearer.token.endpoint.url"] = _issuer.Url + "/token",
            ["sasl.oauthbearer.expected.audience"] = HttpsIssuer.Audience,
            ["sasl.oauthbearer.expected.issuer"] = _issuer.Url,
            [prefix + "server.callback.handler.class"] = Package + "OAuthBearerValidatorCallbackHandler",
            [prefix + "login.callback.handler.class"] = Package + "OAuthBearerLoginCallbackHandler",
            [prefix + "jaas.config"] = Module("broker", isTrusting),
        });
    }

    private string Module(string user, bool isTrusting = true) =>
        $"{Package}OAuthBearerLoginModule required clientId=\"{user}\" clientSecret=\"{user}-secret\" scope=\"kafka\""
        + (isTrusting ? $" ssl.truststore.type=\"PEM\" ssl.truststore.location=\"{_scratch.File("ca.pem")}\";" : ";");

    private string Cell(KafkaServerProcess broker, string name, string token) => JsonSerializer.Serialize(new
    {
        name,
        bootstrap = Bootstrap(broker),
        protocol = "SASL_SSL",
        mechanism = "OAUTHBEARER",
        user = "app",
        secret = token,
        ca = _scratch.File("ca.pem"),
    }) + "\n";

    private string ClientProperties(string user)
    {
        var file = _scratch.File($"client-{Interlocked.Increment(ref _files)}.properties");
        File.WriteAllLines(
            file,
            [
                "security.protocol=SASL_SSL", "sasl.mechanism=OAUTHBEARER", "ssl.truststore.type=PEM",
                $"ssl.truststore.location={_scratch.File("ca.pem")}",
                $"sasl.oauthbearer.token.endpoint.url={_issuer!.Url}/token",
                $"sasl.login.callback.handler.class={Package}secured.OAuthBearerLoginCallbackHandler",
                $"sasl.jaas.config={Module(user)}",
            ]);
        return file;
    }

    private Task<CommandOutcome> ToolAsync(string script, string user, string bootstrap, params string[] arguments) =>
        ChildProcess.RunAsync(
            RepositoryLayout.Script(script), ["--bootstrap-server", bootstrap, "--command-config", ClientProperties(user), .. arguments]);
}
