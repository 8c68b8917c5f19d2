using System.Buffers.Text;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Rpc.Tests.Sasl;
using ClassicBroker.Server.Tests.InProcess;
using ClassicBroker.Testing.Security;
using ClassicBroker.Transport;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Tests.Security.WrongWays;

/// <summary>
/// A whole broker with a listener of each protocol, all mechanisms, users, tokens and certificates; right ones and wrong ones of each. Made once
/// for a class of tests. Threading: one test at a time.
/// </summary>
public sealed class WrongWaysBroker : IDisposable
{
    public const string Sha256 = "SCRAM-SHA-256";
    public const string Sha512 = "SCRAM-SHA-512";
    public const string Password = "s3cret";
    public const string Issuer = "https://idp.example";
    public const string Audience = "kafka";

    private const string Package = "org.apache.kafka.common.security.";
    private const int Iterations = 4096;

    private static readonly Index Plaintext = 0;
    private static readonly Index Ssl = 1;
    private static readonly Index Sasl = 2;
    private static readonly Index SaslSsl = 3;

    private readonly TestAuthority _authority = new("Authority");
    private readonly TestAuthority _foreign = new("Foreign");
    private readonly RSA _key = RSA.Create(2048);
    private readonly RSA _otherKey = RSA.Create(2048);
    private readonly X509Certificate2 _server;
    private readonly InProcessBroker _broker;
    private readonly Lazy<(string Id, string Hmac)> _token;

    public WrongWaysBroker()
    {
        _server = _authority.Issue("CN=broker", "broker.example");
        using var serverKey = _server.GetRSAPrivateKey();
        string[] sasl = ["sasl_plaintext", "sasl_ssl"];
        _broker = new InProcessBroker(
            files =>
            {
                using var jwks = files.Open("/jwks.json", FileOpenMode.Truncate);
                jwks.Write(Encoding.UTF8.GetBytes(Jwks()), 0);
            },
            new FakeKerberos { Principals = { "kafka/h", "alice@EXAMPLE.COM", "eve@ELSEWHERE.COM" } },
            [
                "listeners=PLAINTEXT://127.0.0.1:9092,SSL://127.0.0.1:9093,SASL_PLAINTEXT://127.0.0.1:9094,SASL_SSL://127.0.0.1:9095",
                "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER,GSSAPI",
                "delegation.token.secret.key=shared",
                "ssl.keystore.type=PEM",
                $"ssl.keystore.certificate.chain={OneLine(_server.ExportCertificatePem())}",
                $"ssl.keystore.key={OneLine(serverKey!.ExportPkcs8PrivateKeyPem())}",
                "ssl.truststore.type=PEM",
                $"ssl.truststore.certificates={OneLine(_authority.CertificatePem)}",
                "listener.name.ssl.ssl.client.auth=required",
                "listener.name.ssl.ssl.principal.mapping.rules=RULE:^CN=(client[0-9]*).*$/$1/",
                "listener.name.sasl_plaintext.plain.connections.max.reauth.ms=60000",
                "sasl.kerberos.service.name=kafka",
                "sasl.oauthbearer.jwks.endpoint.url=file:/jwks.json",
                $"sasl.oauthbearer.expected.issuer={Issuer}",
                $"sasl.oauthbearer.expected.audience={Audience}",
                .. sasl.SelectMany(Modules),
            ]);
        _broker.Log.MinLevel = LogLevel.Debug;
        AddUser("alice", Sha256, Password);
        AddUser("bob", Sha512, Password);
        _token = new(() => NewToken());
    }

    /// <summary>What the broker has logged.</summary>
    internal IReadOnlyList<string> Log => _broker.Log.Lines;

    /// <summary>A delegation token of alice's.</summary>
    internal (string Id, string Hmac) Token => _token.Value;

    public void Dispose()
    {
        _server.Dispose();
        _authority.Dispose();
        _foreign.Dispose();
        _key.Dispose();
        _otherKey.Dispose();
    }

    internal static Stranger OnPlaintext(WrongWaysBroker broker) => broker.Open(Plaintext, null);

    internal static Stranger OnSsl(WrongWaysBroker broker) => broker.Open(Ssl, null);

    internal static Stranger OnSasl(WrongWaysBroker broker) => broker.Open(Sasl, null);

    internal static Stranger OnSaslSsl(WrongWaysBroker broker) => broker.Open(SaslSsl, null);

    internal static Stranger ByTls(WrongWaysBroker broker) => broker.Open(SaslSsl, broker.Tls(null));

    /// <summary>TLS to the listener that wants a certificate of the client.</summary>
    internal static Func<WrongWaysBroker, Stranger> WithCertificate(Func<WrongWaysBroker, X509Certificate2?> certificate) =>
        broker => broker.Open(Ssl, broker.Tls(certificate(broker)));

    internal static Stranger ByDistrustingTls(WrongWaysBroker broker) =>
        broker.Open(SaslSsl, broker.Tls(null, trusted: broker._foreign.CertificatePem));

    internal static Stranger ByTlsToAnotherHost(WrongWaysBroker broker) => broker.Open(SaslSsl, broker.Tls(null, host: "other.example"));

    internal X509Certificate2 GoodCertificate() => _authority.Issue("CN=client1");

    internal X509Certificate2 NamelessCertificate() => _authority.Issue("CN=someone");

    internal X509Certificate2 ForeignCertificate() => _foreign.Issue("CN=client1");

    internal static X509Certificate2 OwnCertificate(TimeSpan from, TimeSpan to)
    {
        using var key = RSA.Create(2048);
        var now = DateTimeOffset.UtcNow;
        return new CertificateRequest("CN=client1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(now + from, now + to);
    }

    /// <summary>A certificate of the authority whose time is over, or has not come.</summary>
    internal X509Certificate2 DatedCertificate(TimeSpan from, TimeSpan to) => _authority.IssueDated("CN=client1", from, to);

    internal ISaslLogin Login(string mechanism, string user, string password, bool isToken = false) =>
        LoginModules.LoginBy(
            mechanism,
            JaasParser.ParseValue(
                (mechanism == "PLAIN" ? Package + "plain.PlainLoginModule" : Package + "scram.ScramLoginModule")
                + $" required username=\"{user}\" password=\"{password}\"{(isToken ? " tokenauth=\"true\"" : "")};"),
            Surroundings.Of(_broker.Time));

    /// <summary>The two messages of an exchange that led to a login.</summary>
    internal (string First, string Last) Overheard()
    {
        var (first, last) = ("", "");
        OnSasl(this).LogIn(Login(Sha256, "alice", Password), Sha256, message => first = message, message => last = message);
        return (first, last);
    }

    /// <summary>Seconds since 1970 on the broker's clock.</summary>
    internal long Now => _broker.Time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>The first message of OAUTHBEARER with a token; claims and header can be changed.</summary>
    internal string Bearer(string header = """{"alg":"RS256","kid":"one"}""", string? claims = null, bool isForeign = false) =>
        Message(Jwt(header, claims ?? Claims(), isForeign));

    internal static string Message(string token) => $"n,,\u0001auth=Bearer {token}\u0001\u0001";

    internal string Claims(string sub = "\"sub\":\"alice\"", string? rest = null) =>
        $"{{{sub},{rest ?? $"\"iss\":\"{Issuer}\",\"aud\":\"{Audience}\",\"iat\":{Now},\"exp\":{Now + 600}"}}}";

    internal string Jwt(string header, string claims, bool isForeign = false)
    {
        var signed = $"{Part(header)}.{Part(claims)}";
        var signature = (isForeign ? _otherKey : _key).SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>A token signed with the published key as if it were a shared secret.</summary>
    internal string ConfusedJwt()
    {
        var signed = $"{Part("""{"alg":"HS256","kid":"one"}""")}.{Part(Claims())}";
        var secret = Encoding.ASCII.GetBytes(_key.ExportSubjectPublicKeyInfoPem());
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(signed)))}";
    }

    internal static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    /// <summary>Ends a delegation token of alice's, made for this.</summary>
    internal (string Id, string Hmac) EndedToken()
    {
        var token = NewToken();
        var client = As("alice");
        client.Ask<ExpireDelegationTokenRequest, ExpireDelegationTokenResponse>(
            new() { Hmac = Convert.FromBase64String(token.Hmac), ExpiryTimePeriodMs = -1 }, 2);
        return token;
    }

    /// <summary>A delegation token of alice's whose time is over.</summary>
    internal (string Id, string Hmac) ExpiredToken()
    {
        var token = NewToken(lifetimeMs: 1000);
        _broker.Time.AdvanceMs(2000);
        return token;
    }

    /// <summary>A user whose credential in ZooKeeper was made with too few iterations.</summary>
    internal void AddWeakUser()
    {
        var credential = ScramCredential.FromPassword(ScramMechanism.Sha256, Password, [1, 2, 3], iterations: 1000).ToZnodeText();
        _broker.ZooKeeper.Put("/config/users/weak", $"{{\"version\":1,\"config\":{{\"SCRAM-SHA-256\":\"{credential}\"}}}}");
        _broker.ZooKeeper.Put("/config/changes/config_change_0000000077", """{"version":2,"entity_path":"users/weak"}""");
        _broker.Time.RunUntilIdle();
    }

    /// <summary>Lines of the log are limited for strangers: the next test begins a new period.</summary>
    internal void Rest() => _broker.Time.AdvanceMs(11_000);

    private Stranger Open(Index listener, SslClientAuthenticationOptions? tls) => new(_broker.Connect("c", listener).Channel, tls);

    private SslClientAuthenticationOptions Tls(X509Certificate2? own, string? trusted = null, string host = "broker.example") =>
        TlsOptions.Client(
            host,
            KeyStore.ParsePem(trusted ?? _authority.CertificatePem, null),
            own is null ? null : KeyStore.Parse(own.Export(X509ContentType.Pkcs12, "secret"), "secret", null),
            verifyHost: true);

    private static IEnumerable<string> Modules(string listener)
    {
        var prefix = $"listener.name.{listener}.";
        return
        [
            $"{prefix}plain.sasl.jaas.config={Package}plain.PlainLoginModule required user_alice=\"{Password}\" user_bob=\"b\";",
            $"{prefix}scram-sha-256.sasl.jaas.config={Package}scram.ScramLoginModule required;",
            $"{prefix}scram-sha-512.sasl.jaas.config={Package}scram.ScramLoginModule required;",
            $"{prefix}oauthbearer.sasl.jaas.config={Package}oauthbearer.OAuthBearerLoginModule required;",
            $"{prefix}oauthbearer.sasl.server.callback.handler.class={Package}oauthbearer.OAuthBearerValidatorCallbackHandler",
            $"{prefix}gssapi.sasl.jaas.config=com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true keyTab=\"/k\" "
            + "principal=\"kafka/h\";",
        ];
    }

    private static string OneLine(string pem) => pem.ReplaceLineEndings("\\n");

    private string Jwks()
    {
        var parameters = _key.ExportParameters(false);
        return JsonSerializer.Serialize(new
        {
            keys = new object[]
            {
                new { kty = "RSA", kid = "one", n = Base64Url.EncodeToString(parameters.Modulus), e = Base64Url.EncodeToString(parameters.Exponent) },
            },
        });
    }

    private void AddUser(string user, string mechanism, string password)
    {
        byte[] salt = [.. Enumerable.Range(1, 16).Select(value => (byte)value)];
        var is256 = mechanism == Sha256;
        var answer = As("admin").Ask<AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse>(
            new()
            {
                Deletions = [],
                Upsertions =
                [
                    new()
                    {
                        Name = user,
                        Mechanism = (sbyte)(is256 ? 1 : 2),
                        Iterations = Iterations,
                        Salt = salt,
                        SaltedPassword = Rfc2898DeriveBytes.Pbkdf2(
                            password, salt, Iterations, is256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512, is256 ? 32 : 64),
                    },
                ],
            },
            0);
        Assert.Equal(ErrorCode.None, answer.Results[0].ErrorCode);
    }

    private (string Id, string Hmac) NewToken(long lifetimeMs = -1)
    {
        var answer = As("alice").Ask<CreateDelegationTokenRequest, CreateDelegationTokenResponse>(new() { MaxLifetimeMs = lifetimeMs }, 3);
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        _broker.Time.RunUntilIdle();
        return (answer.TokenId, Convert.ToBase64String(answer.Hmac));
    }

    private BrokerClient As(string user)
    {
        var client = _broker.Connect("c", Plaintext);
        ((ClientConnection)client.Channel.Attachment!).Authenticate(new KafkaPrincipal("User", user));
        return client;
    }
}
