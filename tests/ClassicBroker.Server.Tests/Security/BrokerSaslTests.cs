using ClassicBroker.Primitives;
using ClassicBroker.Rpc.Http;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Rpc.Tests.Sasl;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Security;
using ClassicBroker.Server.Security.Tokens;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Network;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Server.Tests.Security;

/// <summary>What a broker makes of its SASL keys; refusals in the words recorded of Kafka 3.9.2.</summary>
public sealed class BrokerSaslTests
{
    private const string PlainModule = "org.apache.kafka.common.security.plain.PlainLoginModule";
    private const string Admin = PlainModule + " required username=\"admin\" password=\"a-secret\" user_admin=\"a-secret\";";
    private const string PlainKey = "listener.name.sasl_plaintext.plain.sasl.jaas.config=";
    private const string OAuthPrefix = "listener.name.sasl_plaintext.oauthbearer.sasl.";
    private const string Listeners = "listeners=SASL_PLAINTEXT://h:1,PLAINTEXT://h:2";

    private readonly RecordingLoggers _log = new();
    private readonly ManualTime _time = new();
    private readonly SimulatedFileSystem _files = new(new ManualTime(), new SeededRandomSource(1));
    private readonly ManualEventLoop _loop;
    private readonly InMemoryNetwork _network;

    public BrokerSaslTests()
    {
        _loop = _time.CreateLoop("broker");
        _network = new InMemoryNetwork(_time, new SeededRandomSource(1));
    }

    [Theory]
    [InlineData("PLAIN", PlainKey, "Login module not specified in JAAS config")]
    [InlineData(
        "PLAIN,SCRAM-SHA-256",
        PlainKey + Admin,
        "Could not find a 'KafkaServer' or 'sasl_plaintext.KafkaServer' entry in the JAAS configuration. System property 'java.security.auth.login.config' is not set")]
    [InlineData("PLAIN", "sasl.jaas.config=" + Admin, "Could not find a 'KafkaServer' or 'sasl_plaintext.KafkaServer' entry in the JAAS configuration.")]
    [InlineData("PLAIN", "listener.name.sasl_plaintext.sasl.jaas.config=" + Admin, "Could not find a 'KafkaServer' or 'sasl_plaintext.KafkaServer' entry")]
    [InlineData("PLAIN", PlainKey + Admin + "org.apache.kafka.common.security.scram.ScramLoginModule required;", "JAAS config property contains 2 login modules, should be 1 module")]
    [InlineData("PLAIN", PlainKey + PlainModule + " required password=\"a-secret\"", "JAAS config entry not terminated by semi-colon")]
    [InlineData(
        "PLAIN",
        PlainKey + "com.sun.security.auth.module.JndiLoginModule required user.provider.url=\"ldap://x\";",
        "com.sun.security.auth.module.JndiLoginModule is not allowed. Update System property 'org.apache.kafka.disallowed.login.modules' to allow com.sun.security.auth.module.JndiLoginModule")]
    [InlineData("PLAIN", PlainKey + "no.Such required;", "No LoginModule found for no.Such")]
    [InlineData(
        "PLAIN",
        PlainKey + Admin + "\nlistener.name.sasl_plaintext.plain.sasl.server.callback.handler.class=no.Such",
        "Invalid value no.Such for configuration sasl.server.callback.handler.class: Class no.Such could not be found.")]
    [InlineData("PLAIN,FOO", PlainKey + Admin, "Could not find a 'KafkaServer' or 'sasl_plaintext.KafkaServer' entry in the JAAS configuration.")]
    [InlineData("FOO", "listener.name.sasl_plaintext.foo.sasl.jaas.config=" + Admin, "Invalid value FOO for configuration sasl.enabled.mechanisms")]
    public void A_wrong_configuration_is_refused_in_Kafkas_words(string mechanisms, string lines, string sentence)
    {
        var refused = Assert.Throws<ConfigException>(() => Sasl(Listeners, $"sasl.enabled.mechanisms={mechanisms}", lines));
        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("a-secret", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "sasl.oauthbearer.jwks.endpoint.url value must be non-null")]
    [InlineData("file:/none.jwks", "contains a file (/none.jwks) that doesn't exist")]
    [InlineData("file:/bad.jwks", "encountered an error when initializing the VerificationKeyResolver")]
    [InlineData("nonsense", "contains a URL (nonsense) that is malformed: no protocol: nonsense")]
    [InlineData("ftp://127.0.0.1/x", "contains an invalid protocol (ftp); only \"http\", \"https\", and \"file\" protocol are supported")]
    [InlineData("file:/folder", "references a directory (/folder), not a file")]
    [InlineData(
        "http://h/jwks",
        "http://h/jwks is not allowed. Update system property 'org.apache.kafka.sasl.oauthbearer.allowed.urls' to allow http://h/jwks")]
    public void Keys_that_cannot_be_had_are_refused_in_Kafkas_words(string url, string sentence)
    {
        Write("/bad.jwks", "nonsense");
        Write("/good.jwks", """{"keys":[]}""");
        _files.CreateDirectory("/folder");
        var properties = new Dictionary<string, string> { ["org.apache.kafka.sasl.oauthbearer.allowed.urls"] = "https://example.org/jwks" };
        Assert.Contains(sentence, Assert.Throws<ConfigException>(() => OAuth(url)).Message, StringComparison.Ordinal);
        Assert.Equal("OAUTHBEARER", Assert.Single(Of(OAuth("file:/good.jwks"), "SASL_PLAINTEXT").Mechanisms).Name);

        BrokerSasl OAuth(string endpoint)
        {
            const string prefix = "listener.name.sasl_plaintext.oauthbearer.sasl.";
            return Sasl(
                properties,
                Listeners,
                "sasl.enabled.mechanisms=OAUTHBEARER",
                prefix + "jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;",
                prefix + "server.callback.handler.class=org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler",
                endpoint.Length == 0 ? "" : prefix + "oauthbearer.jwks.endpoint.url=" + endpoint);
        }
    }

    [Fact]
    public void Keys_behind_a_URL_are_there_before_the_broker_goes_on_and_are_shared()
    {
        var issuer = TestIssuer.Listen(_time, _network.AddHost("idp", _time.CreateLoop("idp")), 80);
        issuer.Answer = _ => TestIssuer.Document("""{"keys":[]}""");
        var sasl = Sasl(Signed("http://idp/keys"));
        Assert.Empty(issuer.Requests);
        _loop.Run(sasl.StartAsync);
        sasl.Reload(Config(Signed("http://idp/keys")));
        _time.RunUntilIdle();
        Assert.Single(issuer.Requests);

        issuer.Answer = _ => TestIssuer.WithStatus("500 Oops", "");
        var failed = Assert.Throws<ConfigException>(() => _loop.Run(Sasl(Signed("http://idp/keys")).StartAsync));
        Assert.Contains("http://idp/keys gives no keys: the answer has status 500", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_URL_that_a_request_brings_is_asked_only_where_the_operator_allows_it()
    {
        Write("/keys.json", """{"keys":[]}""");
        var plain = new[] { Listeners, "sasl.enabled.mechanisms=PLAIN", PlainKey + Admin };
        foreach (var url in new[] { "http://idp/keys", "file:/keys.json" })
        {
            var refused = Assert.Throws<ConfigException>(() => Sasl(plain).Check(Config(Signed(url))));
            Assert.Contains($"{url} is not allowed: a URL that a request brings must be in system property", refused.Message, StringComparison.Ordinal);
            var properties = new Dictionary<string, string> { ["org.apache.kafka.sasl.oauthbearer.allowed.urls"] = "http://idp/keys,file:/keys.json" };
            Sasl(properties, plain).Check(Config(Signed(url)));
            Sasl(Signed(url)).Check(Config(Signed(url)));
        }
    }

    [Theory]
    [InlineData("sasl.oauthbearer.jwks.endpoint.refresh.ms=0", "sasl.oauthbearer.jwks.endpoint.refresh.ms value must be at least 1")]
    [InlineData("sasl.oauthbearer.jwks.endpoint.retry.backoff.ms=-1", "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms value must be at least 0")]
    public void Times_that_cannot_be_are_refused(string line, string reason) =>
        Assert.Contains(reason, Assert.Throws<ConfigException>(() => Sasl([.. Signed("http://idp/keys"), line])).Message, StringComparison.Ordinal);

    [Fact]
    public void Brokers_log_in_at_each_other_with_tokens_of_an_endpoint()
    {
        const string module = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId=\"broker\" clientSecret=\"a-secret\";";
        string[] lines =
        [
            "listeners=SASL_PLAINTEXT://h:1", "security.inter.broker.protocol=SASL_PLAINTEXT", "sasl.enabled.mechanisms=OAUTHBEARER",
            "sasl.mechanism.inter.broker.protocol=OAUTHBEARER", OAuthPrefix + "jaas.config=" + module,
            OAuthPrefix + "login.callback.handler.class=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler",
        ];
        var issuer = TestIssuer.Listen(_time, _network.AddHost("idp", _time.CreateLoop("idp")), 80);
        issuer.Answer = _ => TestIssuer.WithStatus("401 Unauthorized", """{"error":"invalid_client"}""");
        var sasl = Sasl([.. lines, "sasl.oauthbearer.token.endpoint.url=http://idp/token"]);
        var login = sasl.Towards(new("SASL_PLAINTEXT", "h", 1, SecurityProtocol.SaslPlaintext))!;
        var failed = Assert.Throws<SaslFailedException>(() => _loop.Run(() => login.BeginAsync("h").AsTask()));
        Assert.Contains("the answer has status 401 and the error invalid_client", failed.Message, StringComparison.Ordinal);

        var refused = Assert.Throws<ConfigException>(() => Sasl(lines));
        Assert.Contains("sasl.oauthbearer.token.endpoint.url value must be non-null", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("a-secret", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_without_signature_are_told_to_be_for_development()
    {
        Sasl(
            Listeners,
            "sasl.enabled.mechanisms=OAUTHBEARER",
            "listener.name.sasl_plaintext.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;");
        Assert.Contains(_log.Lines, line => line.Contains("for development only", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("sasl.enabled.mechanisms=")]
    [InlineData("connections.max.reauth.ms=-1")]
    [InlineData("sasl.server.max.receive.size=0")]
    [InlineData("sasl.server.max.receive.size=-1")]
    public void What_Kafka_starts_with_starts(string line) =>
        Sasl(Listeners, "sasl.enabled.mechanisms=PLAIN", PlainKey + Admin, line);

    [Fact]
    public void Brokers_need_their_own_mechanism_enabled()
    {
        var refused = Assert.Throws<ConfigException>(() => Config(
            "listeners=SASL_PLAINTEXT://h:1", "security.inter.broker.protocol=SASL_PLAINTEXT", "sasl.enabled.mechanisms=PLAIN",
            "sasl.mechanism.inter.broker.protocol=SCRAM-SHA-256", PlainKey + Admin));
        Assert.Equal(
            "requirement failed: sasl.mechanism.inter.broker.protocol must be included in sasl.enabled.mechanisms when SASL is used for "
            + "inter-broker communication",
            refused.Message);
    }

    [Fact]
    public void Each_mechanism_of_a_listener_has_its_own_entry_and_session()
    {
        var sasl = Sasl(
            "listeners=SASL_PLAINTEXT://h:1,IN://h:2,PLAINTEXT://h:3",
            "listener.security.protocol.map=SASL_PLAINTEXT:SASL_PLAINTEXT,IN:SASL_PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512",
            "listener.name.in.sasl.enabled.mechanisms=SCRAM-SHA-256",
            "connections.max.reauth.ms=1000",
            "listener.name.sasl_plaintext.connections.max.reauth.ms=2000",
            "listener.name.sasl_plaintext.plain.connections.max.reauth.ms=3000",
            "connection.failed.authentication.delay.ms=77",
            PlainKey + Admin,
            "listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;",
            "listener.name.in.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;");
        var external = Of(sasl, "SASL_PLAINTEXT");
        Assert.Equal(["PLAIN", "SCRAM-SHA-512"], external.Mechanisms.Select(mechanism => mechanism.Name));
        Assert.Equal([("PLAIN", 3000L), ("SCRAM-SHA-512", 2000L)], external.SessionMaxMs.Select(entry => (entry.Key, entry.Value)));
        Assert.Equal(77, external.FailureDelay.TotalMilliseconds);
        Assert.Equal(524288, external.FrameLengthMax);
        var inner = Of(sasl, "IN");
        Assert.Equal(["SCRAM-SHA-256"], inner.Mechanisms.Select(mechanism => mechanism.Name));
        Assert.Equal(1000L, inner.SessionMaxMs["SCRAM-SHA-256"]);
        Assert.Null(sasl.Of(new("PLAINTEXT", "h", 1, SecurityProtocol.Plaintext)));
        Assert.Null(sasl.Towards(new("PLAINTEXT", "h", 1, SecurityProtocol.Plaintext)));
    }

    [Fact]
    public void Users_of_an_entry_log_in_and_no_one_else()
    {
        var plain = Of(Sasl(Listeners, "sasl.enabled.mechanisms=PLAIN", PlainKey + Admin), "SASL_PLAINTEXT").Find("PLAIN")!;
        Assert.Equal("User:admin", plain.Begin().Evaluate("\0admin\0a-secret"u8).Identity!.Principal.ToString());
        Assert.Throws<SaslRefusedException>(() => plain.Begin().Evaluate("\0admin\0wrong"u8));
        Assert.Throws<SaslRefusedException>(() => plain.Begin().Evaluate("\0nobody\0a-secret"u8));
        Assert.Contains(_log.Lines, line => line.Contains("takes passwords by PLAIN without TLS", StringComparison.Ordinal));
    }

    [Fact]
    public void Brokers_log_in_at_each_other_by_the_entry_of_their_listener()
    {
        var sasl = Sasl(
            "listeners=SASL_PLAINTEXT://h:1", "security.inter.broker.protocol=SASL_PLAINTEXT", "sasl.enabled.mechanisms=PLAIN",
            "sasl.mechanism.inter.broker.protocol=PLAIN", PlainKey + Admin);
        var endpoint = new Metadata.BrokerEndpoint("SASL_PLAINTEXT", "h", 1, SecurityProtocol.SaslPlaintext);
        var login = sasl.Towards(endpoint)!;
        Assert.Equal("PLAIN", login.Mechanism);
        Assert.NotNull(sasl.Of(endpoint)!().Find("PLAIN")!.Begin().Evaluate(login.Begin("h").FirstToken()).Identity);

        var refused = Assert.Throws<ConfigException>(() => Sasl(
            "listeners=SASL_PLAINTEXT://h:1", "security.inter.broker.protocol=SASL_PLAINTEXT", "sasl.enabled.mechanisms=PLAIN",
            "sasl.mechanism.inter.broker.protocol=PLAIN", PlainKey + PlainModule + " required user_a=\"b\";"));
        Assert.Contains("has no option username", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_serves_listeners_without_an_entry_of_their_own()
    {
        Write("/jaas.conf", $"KafkaServer {{ {PlainModule} required user_a=\"1\"; org.apache.kafka.common.security.scram.ScramLoginModule required; }};\n"
            + $"sasl_plaintext.KafkaServer {{ {PlainModule} required user_b=\"2\"; }};");
        var properties = new Dictionary<string, string> { ["java.security.auth.login.config"] = "/jaas.conf" };
        var plain = Of(Sasl(properties, Listeners, "sasl.enabled.mechanisms=PLAIN"), "SASL_PLAINTEXT").Find("PLAIN")!;
        Assert.NotNull(plain.Begin().Evaluate("\0b\02"u8).Identity);
        Assert.Throws<SaslRefusedException>(() => plain.Begin().Evaluate("\0a\01"u8));

        properties["java.security.auth.login.config"] = "/none.conf";
        Assert.Contains("/none.conf", Assert.Throws<ConfigException>(() => Sasl(properties, Listeners)).Message, StringComparison.Ordinal);
        properties.Remove("java.security.auth.login.config");
        properties["org.apache.kafka.disallowed.login.modules"] = PlainModule;
        Assert.Contains(
            $"{PlainModule} is not allowed",
            Assert.Throws<ConfigException>(() => Sasl(properties, Listeners, "sasl.enabled.mechanisms=PLAIN", PlainKey + Admin)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_login_module_of_another_mechanism_starts_and_is_told()
    {
        var sasl = Sasl(
            Listeners, "sasl.enabled.mechanisms=PLAIN",
            PlainKey + "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"admin\" password=\"a\";");
        Assert.Throws<SaslRefusedException>(() => Of(sasl, "SASL_PLAINTEXT").Find("PLAIN")!.Begin().Evaluate("\0admin\0a"u8));
        Assert.Contains(_log.Lines, line => line.Contains("No one can log in at listener SASL_PLAINTEXT by PLAIN", StringComparison.Ordinal));
    }

    [Fact]
    public void A_change_holds_for_connections_from_then_on_and_one_that_is_wrong_changes_nothing()
    {
        var sasl = Sasl(Listeners, "sasl.enabled.mechanisms=PLAIN", PlainKey + Admin);
        var changed = Config(Listeners, "sasl.enabled.mechanisms=PLAIN", PlainKey + PlainModule + " required user_new=\"n\";");
        sasl.Reload(changed);
        Assert.NotNull(Of(sasl, "SASL_PLAINTEXT").Find("PLAIN")!.Begin().Evaluate("\0new\0n"u8).Identity);
        var wrong = Config(Listeners, "sasl.enabled.mechanisms=PLAIN", PlainKey + "no.Such required;");
        Assert.Throws<ConfigException>(() => sasl.Check(wrong));
        sasl.Reload(wrong);
        Assert.NotNull(Of(sasl, "SASL_PLAINTEXT").Find("PLAIN")!.Begin().Evaluate("\0new\0n"u8).Identity);
    }

    /// <summary>A listener that takes tokens signed by a key of a URL.</summary>
    private static string[] Signed(string url) =>
    [
        Listeners, "sasl.enabled.mechanisms=OAUTHBEARER",
        OAuthPrefix + "jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;",
        OAuthPrefix + "server.callback.handler.class=org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler",
        OAuthPrefix + "oauthbearer.jwks.endpoint.url=" + url, "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms=0",
    ];

    private static SaslListener Of(BrokerSasl sasl, string listener) =>
        sasl.Of(new(listener, "h", 1, SecurityProtocol.SaslPlaintext))!();

    private static KafkaConfig Config(params string[] lines) =>
        KafkaConfig.From(JavaProperties.Parse("zookeeper.connect=zk:1\n" + string.Join('\n', lines)), "host.example");

    private void Write(string path, string text)
    {
        using var file = _files.Open(path, Platform.FileOpenMode.Truncate);
        file.Write(System.Text.Encoding.UTF8.GetBytes(text), 0);
    }

    private BrokerSasl Sasl(params string[] lines) => Sasl(new Dictionary<string, string>(), lines);

    private BrokerSasl Sasl(IReadOnlyDictionary<string, string> systemProperties, params string[] lines) =>
        new(Config(lines), new SaslEnvironment(_files, new SeededRandomSource(1), _time, _log, systemProperties) { Http = new HttpRequester(_network.AddHost("h", _loop), _loop) }, new ScramCredentialCache(new DelegationTokenCache(_time)));
}
