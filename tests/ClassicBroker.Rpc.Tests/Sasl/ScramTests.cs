using System.Text;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Testing;

namespace ClassicBroker.Rpc.Tests.Sasl;

/// <summary>Both halves of SCRAM against the example of RFC 7677, against each other, and against peers that break the rules.</summary>
public sealed class ScramTests
{
    private const string ClientFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
    private const string ServerFirst = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    private const string ClientFinal =
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

    private const string ServerFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
    private const string ServerNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";

    private readonly SeededRandomSource _random = new(1);

    [Fact]
    public void The_client_speaks_as_the_example_of_RFC_7677_does()
    {
        var client = RfcClient();
        Assert.Equal(ClientFirst, Text(client.FirstToken()));
        Assert.Equal(ClientFinal, Text(client.Answer(Bytes(ServerFirst))!));
        Assert.Null(client.Answer(Bytes(ServerFinal)));
    }

    [Fact]
    public void The_broker_speaks_as_the_example_of_RFC_7677_does()
    {
        var server = RfcServer();
        Assert.Equal(ServerFirst, Text(server.Evaluate(Bytes(ClientFirst)).Answer));
        var step = server.Evaluate(Bytes(ClientFinal));
        Assert.Equal(ServerFinal, Text(step.Answer));
        Assert.Equal("User:user", step.Identity!.Principal.ToString());
    }

    [Theory]
    [InlineData(ScramMechanism.Sha256, "alice", "secret")]
    [InlineData(ScramMechanism.Sha512, "we=ird,one", "pässwörd,=")]
    public void Both_halves_agree(ScramMechanism mechanism, string user, string password)
    {
        var credentials = new Credentials();
        credentials.Users[user] = ScramCredential.FromPassword(mechanism, password, [1, 2, 3], 5000);
        Assert.Equal($"User:{user}", LogIn(mechanism, credentials, user, password, isToken: false).Principal.ToString());
        Assert.Throws<SaslRefusedException>(() => LogIn(mechanism, credentials, user, password + "x", isToken: false));
    }

    [Fact]
    public void A_token_logs_its_owner_in_and_no_user_of_the_same_name()
    {
        var credentials = new Credentials();
        var owner = new SaslIdentity(new KafkaPrincipal("User", "bob"), 77);
        credentials.Tokens["tid"] = (ScramCredential.FromPassword(ScramMechanism.Sha256, "hmac", [9], 4096), owner);
        Assert.Equal(owner, LogIn(ScramMechanism.Sha256, credentials, "tid", "hmac", isToken: true));
        Assert.Throws<SaslRefusedException>(() => LogIn(ScramMechanism.Sha256, credentials, "tid", "hmac", isToken: false));
        Assert.Throws<SaslRefusedException>(() => LogIn(ScramMechanism.Sha256, credentials, "bob", "hmac", isToken: true));
    }

    [Fact]
    public void A_user_that_does_not_exist_is_met_by_the_same_salt_each_time_and_fails_where_a_wrong_password_does()
    {
        var mechanism = new ScramServerMechanism(ScramMechanism.Sha256, new Credentials(), _random);
        var first = Text(mechanism.Begin().Evaluate("n,,n=nobody,r=x"u8).Answer);
        var second = Text(mechanism.Begin().Evaluate("n,,n=nobody,r=x"u8).Answer);
        var other = Text(mechanism.Begin().Evaluate("n,,n=noone,r=x"u8).Answer);
        Assert.Equal(Salt(first), Salt(second));
        Assert.NotEqual(Salt(first), Salt(other));
        Assert.NotEqual(first, second);
        Assert.EndsWith(",i=4096", first, StringComparison.Ordinal);
    }

    [Fact]
    public void A_credential_of_too_few_iterations_lets_nobody_in()
    {
        var credentials = new Credentials();
        credentials.Users["alice"] = ScramCredential.FromPassword(ScramMechanism.Sha256, "secret", [1], 1000);
        Assert.Throws<SaslRefusedException>(
            () => LogIn(ScramMechanism.Sha256, credentials, "alice", "secret", isToken: false));
    }

    [Theory]
    [InlineData("y,,n=user,r=x")]
    [InlineData("p=tls-unique,,n=user,r=x")]
    [InlineData("n,,n=user")]
    [InlineData("n,,r=x")]
    [InlineData("n,,n=,r=x")]
    [InlineData("n,,n=us=er,r=x")]
    [InlineData("n,,n=user,r=x,m=must")]
    [InlineData("n,,m=must,n=user,r=x")]
    [InlineData("n,,")]
    [InlineData("n")]
    [InlineData("")]
    [InlineData("n,a=admin,n=user,r=x")]
    public void A_first_message_that_breaks_the_rules_is_refused(string message) =>
        Assert.Throws<SaslRefusedException>(() => RfcServer().Evaluate(Bytes(message)));

    /// <summary>CVE-2024-56128: the nonce of the last message is compared.</summary>
    [Theory]
    [InlineData("c=eSws,", "c=biws,")]
    [InlineData("k0,p=", "k0x,p=")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", "r=rOprNGfwEbeRWgbNEkqO")]
    [InlineData("p=d", "p=e")]
    [InlineData("dVQ=", "")]
    [InlineData(",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "")]
    [InlineData("p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "p=AAAA")]
    public void A_last_message_that_was_changed_is_refused(string part, string by)
    {
        var server = RfcServer();
        server.Evaluate(Bytes(ClientFirst));
        var message = part == "c=eSws," ? ClientFinal.Replace(by, part, StringComparison.Ordinal) : ClientFinal.Replace(part, by, StringComparison.Ordinal);
        Assert.NotEqual(ClientFinal, message);
        var refused = Assert.Throws<SaslRefusedException>(() => server.Evaluate(Bytes(message)));
        Assert.Equal(
            "Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-256", refused.Message);
    }

    [Fact]
    public void A_nonce_with_the_clients_part_twice_is_taken_from_old_librdkafka()
    {
        const string nonce = "rOprNGfwEbeRWgbNEkqOrOprNGfwEbeRWgbNEkqO" + ServerNonce;
        var salted = ScramKeys.SaltedPassword(ScramMechanism.Sha256, "pencil", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
        var clientKey = ScramKeys.ClientKey(ScramMechanism.Sha256, salted);
        var signed = $"n=user,r=rOprNGfwEbeRWgbNEkqO,{ServerFirst},c=biws,r={nonce}";
        var signature = ScramKeys.Signature(ScramMechanism.Sha256, ScramKeys.Hash(ScramMechanism.Sha256, clientKey), signed);
        var server = RfcServer();
        server.Evaluate(Bytes(ClientFirst));
        var step = server.Evaluate(Bytes($"c=biws,r={nonce},p={Convert.ToBase64String(ScramKeys.Xor(clientKey, signature))}"));
        Assert.NotNull(step.Identity);
    }

    /// <summary>CVE-2024-56128.</summary>
    [Fact]
    public void An_exchange_that_was_heard_is_worth_nothing_again()
    {
        var credentials = Rfc();
        var mechanism = new ScramServerMechanism(ScramMechanism.Sha256, credentials, _random);
        var server = mechanism.Begin();
        server.Evaluate(Bytes(ClientFirst));
        Assert.Throws<SaslRefusedException>(() => server.Evaluate(Bytes(ClientFinal)));
    }

    /// <summary>CVE-2026-10143: the rounds that a broker asks for are bounded.</summary>
    [Theory]
    [InlineData("r=another,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "Invalid server nonce")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "Invalid server nonce")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4095", "is less than the minimum 4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2000000000", "is more than the maximum 1000000")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=99999999999", "Invalid SCRAM server first message")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=!,i=4096", "Invalid SCRAM server first message")]
    [InlineData("e=other-error", "Invalid SCRAM server first message")]
    [InlineData("", "Invalid SCRAM server first message")]
    public void The_client_does_not_follow_a_broker_that_breaks_the_rules(string serverFirst, string told)
    {
        var failure = Assert.Throws<SaslFailedException>(() => RfcClient().Answer(Bytes(serverFirst)));
        Assert.Contains(told, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")]
    [InlineData("e=invalid-proof")]
    [InlineData("")]
    public void A_broker_that_does_not_know_the_password_is_found_out(string serverFinal)
    {
        var client = RfcClient();
        client.Answer(Bytes(ServerFirst));
        Assert.Throws<SaslFailedException>(() => client.Answer(Bytes(serverFinal)));
    }

    [Fact]
    public void Keys_are_not_printed()
    {
        var credential = ScramCredential.FromPassword(ScramMechanism.Sha256, "secret", [1, 2, 3], 4096);
        Assert.Equal("ScramCredential(iterations=4096)", credential.ToString());
    }

    private static Credentials Rfc()
    {
        var credentials = new Credentials();
        credentials.Users["user"] = ScramCredential.FromPassword(
            ScramMechanism.Sha256, "pencil", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
        return credentials;
    }

    private ISaslServer RfcServer() =>
        new ScramServerMechanism(ScramMechanism.Sha256, Rfc(), _random) { Nonces = () => ServerNonce }.Begin();

    private ScramClient RfcClient() =>
        new(new ScramLogin(ScramMechanism.Sha256, "user", "pencil", false, _random), ScramMechanism.Sha256, "user", false, "rOprNGfwEbeRWgbNEkqO");

    private SaslIdentity LogIn(ScramMechanism mechanism, Credentials credentials, string user, string password, bool isToken)
    {
        var client = new ScramLogin(mechanism, user, password, isToken, _random).Begin("host");
        var server = new ScramServerMechanism(mechanism, credentials, _random).Begin();
        var first = server.Evaluate(client.FirstToken());
        Assert.Null(first.Identity);
        var last = server.Evaluate(client.Answer(first.Answer));
        Assert.Null(client.Answer(last.Answer));
        return last.Identity!;
    }

    private static string Salt(string serverFirst) => serverFirst.Split(",s=")[1].Split(',')[0];

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    private sealed class Credentials : IScramCredentials
    {
        public Dictionary<string, ScramCredential> Users { get; } = [];

        public Dictionary<string, (ScramCredential Credential, SaslIdentity Owner)> Tokens { get; } = [];

        public ScramDecoys Decoys => new([1], []);

        public ScramCredential? OfUser(ScramMechanism mechanism, string user) => Users.GetValueOrDefault(user);

        public (ScramCredential Credential, SaslIdentity Owner)? OfToken(ScramMechanism mechanism, string tokenId) =>
            Tokens.TryGetValue(tokenId, out var token) ? token : null;
    }
}
