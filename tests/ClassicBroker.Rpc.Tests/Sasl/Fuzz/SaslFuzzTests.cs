using System.Security.Cryptography;
using System.Text;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Rpc.Sasl.OAuth;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Fuzzing;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Rpc.Tests.Sasl.Fuzz;

/// <summary>
/// What strangers and configurations may say, bent at random: it is understood or refused in the declared way, and lets no one in.
/// <c>FUZZ_ROUNDS</c> and <c>FUZZ_SEED</c> make longer and other runs (<c>scripts/fuzz.sh</c>); the seed is printed.
/// </summary>
public sealed class SaslFuzzTests(ITestOutputHelper output)
{
    private static readonly string[] Pieces =
    [
        "\0", "\u0001", ",", "=", "\"", "\\", ";", "{", "}", "/*", "//", ".", "$1", "[", "]", "(", "@", "/", "%", "n,,", "r=", "m=x,", "\u00e9",
        "2147483648", "-1", "null", "true", "1e999", "AAAA", "\ud83d\ude00",
        "|", "wrapped:", "\u0001\0\0\0",
    ];

    private readonly ManualTime _time = new();

    [Fact]
    public void Exchanges_of_PLAIN() =>
        Attack(
            ["\0alice\0s3cret", "alice\0alice\0s3cret", "\0alice\0"],
            token => new PlainServerMechanism(new Dictionary<string, string> { ["user_alice"] = "another" }).Begin().Evaluate(token));

    [Fact]
    public void First_and_last_messages_of_SCRAM()
    {
        var mechanism = new ScramServerMechanism(ScramMechanism.Sha256, new NoCredentials(), new SeededRandomSource(1));
        Attack(
            ["n,,n=alice,r=abc", "n,a=alice,n=alice,r=abc,tokenauth=true", "n,,m=x,n=a,r=b", "y,,n=a,r=b"],
            token => mechanism.Begin().Evaluate(token));
        Attack(
            ["c=biws,r=abc,p=AAAA", "c=biws,r=abcdef,x=y,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "p=AAAA"],
            token =>
            {
                var server = mechanism.Begin();
                server.Evaluate("n,,n=alice,r=abc"u8);
                return server.Evaluate(token);
            });
    }

    /// <summary>The other way round: a broker that does not know the password may say what it will and is not believed.</summary>
    [Fact]
    public void Answers_of_a_broker_to_SCRAM()
    {
        const string Nonce = "NONCE";
        var login = new ScramLogin(ScramMechanism.Sha256, "alice", "s3cret", isToken: false, new SeededRandomSource(1))
        {
            Derivation = static (salt, _) => SHA256.HashData(salt),
        };
        Try(
            [$"r={Nonce}server,s=QUJD,i=4096", $"r={Nonce}server,s=QUJD,i=1000000,x=y", $"m=ext,r={Nonce},s=,i=1", "e=other-error"],
            token =>
            {
                var client = login.Begin("h");
                var text = Encoding.UTF8.GetString(token).Replace(Nonce, NonceOf(client), StringComparison.Ordinal);
                return client.Answer(Encoding.UTF8.GetBytes(text)) is { } proof
                    ? proof.Length
                    : throw new InvalidOperationException("a first message ends the exchange");
            });
        Try(
            ["v=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "v=,x=y", "e=other-error"],
            token =>
            {
                var client = login.Begin("h");
                client.Answer(Encoding.UTF8.GetBytes($"r={NonceOf(client)}server,s=QUJD,i=4096"));
                return client.Answer(token) is { } more
                    ? more.Length
                    : throw new InvalidOperationException("a broker that does not know the password is believed");
            });

        static string NonceOf(ISaslClient client) => Encoding.UTF8.GetString(client.FirstToken()).Split("r=", 2)[1];
    }

    [Fact]
    public void Messages_and_tokens_of_OAUTHBEARER()
    {
        var mechanism = OAuthValidators.Unsecured(new Dictionary<string, string>(), _time);
        string[] parts =
        [
            Base64Url("""{"alg":"RS256"}"""), Base64Url("""{"sub":"alice","iat":1,"exp":99999999999}"""), Base64Url("""{"alg":"none"}"""),
            Base64Url("""{"sub":["alice"],"exp":"soon"}"""),
        ];
        Attack(
            [
                $"n,,\u0001auth=Bearer {parts[0]}.{parts[1]}.AAAA\u0001\u0001", $"n,a=bob,\u0001auth=Bearer {parts[2]}.{parts[3]}.\u0001x=y\u0001\u0001",
                "n,,\u0001auth=Basic x\u0001\u0001",
            ],
            token => mechanism.Begin().Evaluate(token));
    }

    /// <summary>
    /// All tokens of a client in one input, with a bar between. Who has shown a ticket of his own and chosen no layer is himself; no one is
    /// anyone else.
    /// </summary>
    [Fact]
    public void Exchanges_of_GSSAPI()
    {
        var kerberos = new FakeKerberos { Principals = { "alice@R", "bob@ELSEWHERE" } };
        var mechanism = new GssapiServerMechanism(kerberos, new(null, null), KerberosShortNames.Parse(["DEFAULT"], "R"));
        Try(
            ["alice@R>kafka/h||wrapped:\u0001\0\0\0", "bob@ELSEWHERE>kafka/h||wrapped:\u0001\0\0\0user", "alice@R>kafka/h|wrapped:\u0004|", "||"],
            input =>
            {
                var server = mechanism.Begin();
                var answered = 0;
                foreach (var token in TokensOf(input))
                {
                    var step = server.Evaluate(token);
                    answered = Joined(answered, 1 + step.Answer.Length);
                    if (step.Identity is { } identity)
                    {
                        Assert.Equal("User:alice", identity.Principal.ToString());
                        Assert.StartsWith("alice@R>", Encoding.UTF8.GetString(input), StringComparison.Ordinal);
                        answered = -answered;
                    }
                }

                return answered;
            });
    }

    /// <summary>All tokens of a broker in one input; it is believed where it has shown a proof and offered no layer.</summary>
    [Fact]
    public void Answers_of_a_broker_to_GSSAPI()
    {
        var login = new GssapiLogin(new FakeKerberos { Principals = { "kafka/h@R" } }, new("alice@R", null), "kafka");
        Try(
            ["proof|wrapped:\u0001\0\0\0|", "proof|wrapped:\u0007\0\u0010\0|", "proof|wrapped:\u0006\0\u0010\0", "||"],
            input =>
            {
                var client = login.Begin("h");
                client.FirstToken();
                var answered = 0;
                foreach (var token in TokensOf(input))
                {
                    if (client.Answer(token) is not { } answer)
                    {
                        Assert.Contains("proof|wrapped:", Encoding.UTF8.GetString(input), StringComparison.Ordinal);
                        return -answered;
                    }

                    answered = Joined(answered, 1 + answer.Length);
                }

                return answered;
            });
    }

    [Fact]
    public void Jaas_entries_and_files() =>
        Try(
            [
                "a.B required x=\"y\" z='w';", "Client { a.B required x=\"y\"; c.D optional; }; /* x */ KafkaServer { e.F sufficient; };",
                "a.B requisite user_alice=\"a\\\"b\";",
            ],
            text =>
            {
                var words = Encoding.UTF8.GetString(text);
                return Joined(
                    Outcome<JaasException>(() => JaasParser.ParseValue(words)), Outcome<JaasException>(() => JaasParser.ParseFile(words)));
            });

    [Fact]
    public void Kerberos_rules_and_principals() =>
        Try(
            ["DEFAULT", "RULE:[1:$1@$0](.*@R)s/@.*//g", "RULE:[2:$1;$2](^.*;admin$)s/;admin$//L", "alice/host@R", "alice@R"],
            text =>
            {
                var words = Encoding.UTF8.GetString(text);
                return Joined(
                    Outcome<FormatException>(() => KerberosShortNames.Parse([words], "R").Of("alice/admin@R")),
                    Outcome<FormatException>(() => KerberosShortNames.Parse(["DEFAULT"], "R").Of(words)));
            });

    private static string Base64Url(string json) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(json)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <summary>How an attempt that is made beside another ended: with 0, or with the length of its refusal.</summary>
    private static int Outcome<T>(Action attempt)
        where T : Exception
    {
        try
        {
            attempt();
            return 0;
        }
        catch (T refused)
        {
            return refused.Message.Length;
        }
    }

    private static IEnumerable<byte[]> TokensOf(byte[] input)
    {
        for (var start = 0; start <= input.Length;)
        {
            var end = Array.IndexOf(input, (byte)'|', start) is >= 0 and var bar ? bar : input.Length;
            yield return input[start..end];
            start = end + 1;
        }
    }

    private static int Joined(int one, int two) => unchecked((one * 31) + two);

    /// <summary>Tries what should be refused, or asks for more; an identity would be a fault.</summary>
    private void Attack(string[] samples, Func<byte[], SaslServerStep> attempt) =>
        Try(samples, token =>
        {
            var step = attempt(token);
            Assert.Null(step.Identity);
            return step.Answer.Length > 0 ? 1 : 2;
        });

    private void Try(string[] samples, Func<byte[], int> attempt) =>
        output.WriteLine(new FuzzCampaign(
            samples.Select(Encoding.UTF8.GetBytes),
            Pieces.Select(Encoding.UTF8.GetBytes),
            attempt,
            typeof(SaslRefusedException),
            typeof(SaslFailedException))
        {
            WordsOf = static refusal => refusal is SaslRefusedException refused ? refused.Reason : refusal.Message,
        }.Run());

    /// <summary>No one has a password.</summary>
    private sealed class NoCredentials : IScramCredentials
    {
        public ScramDecoys Decoys { get; } = new([1], []);

        public ScramCredential? OfUser(ScramMechanism mechanism, string user) => null;

        public (ScramCredential Credential, SaslIdentity Owner)? OfToken(ScramMechanism mechanism, string tokenId) => null;
    }
}
