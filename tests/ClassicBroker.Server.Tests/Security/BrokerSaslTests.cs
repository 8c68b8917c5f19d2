using ClassicBroker.Primitives;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Rpc.Tests.Sasl;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Security;
using ClassicBroker.Server.Security.Tokens;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Server.Tests.Security;

/// <summary>What a broker makes of its SASL keys; refusals in the words recorded of Kafka 3.9.2.</summary>
public sealed class BrokerSaslTests
{
    private const string PlainModule = "org.apache.kafka.common.security.plain.PlainLoginModule";
    private const string Admin = PlainModule + " required username=\"admin\" password=\"a-secret\" user_admin=\"a-secret\";";
    private const string PlainKey = "listener.name.sasl_plaintext.plain.sasl.jaas.config=";
    private const string Listeners = "listeners=SASL_PLAINTEXT://h:1,PLAINTEXT://h:2";

    private readonly RecordingLoggers _log = new();
    private readonly ManualTime _time = new();
    private readonly SimulatedFileSystem _files = new(new ManualTime(), new SeededRandomSource(1));

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
        new(Config(lines), new SaslEnvironment(_files, new SeededRandomSource(1), _time, _log, systemProperties), new ScramCredentialCache(new DelegationTokenCache(_time)));
}
