using System.Globalization;
using System.Text;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Rpc.Sasl.OAuth;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Rpc.Tests.Sasl.Fuzz;

/// <summary>
/// What strangers and configurations may say, bent at random: it is understood or refused in the declared way, and lets no one in.
/// <c>FUZZ_ROUNDS</c> and <c>FUZZ_SEED</c> make longer and other runs (<c>scripts/fuzz.sh</c>); the seed is printed.
/// </summary>
public sealed class SaslFuzzTests(ITestOutputHelper output)
{
    private const int RoundsOfCi = 20_000;

    private readonly ManualTime _time = new();

    [Fact]
    public void Exchanges_of_PLAIN() =>
        Attack(
            ["\0alice\0s3cret", "alice\0alice\0s3cret", "\0alice\0"],
            token => new PlainServerMechanism(new Dictionary<string, string> { ["user_alice"] = "another" }).Begin().Evaluate(token).Identity);

    [Fact]
    public void First_and_last_messages_of_SCRAM()
    {
        var mechanism = new ScramServerMechanism(ScramMechanism.Sha256, new NoCredentials(), new SeededRandomSource(1), [1]);
        Attack(
            ["n,,n=alice,r=abc", "n,a=alice,n=alice,r=abc,tokenauth=true", "n,,m=x,n=a,r=b", "y,,n=a,r=b"],
            token => mechanism.Begin().Evaluate(token).Identity);
        Attack(
            ["c=biws,r=abc,p=AAAA", "c=biws,r=abcdef,x=y,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "p=AAAA"],
            token =>
            {
                var server = mechanism.Begin();
                server.Evaluate("n,,n=alice,r=abc"u8);
                return server.Evaluate(token).Identity;
            });
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
            token => mechanism.Begin().Evaluate(token).Identity);
    }

    [Fact]
    public void Exchanges_of_GSSAPI()
    {
        var kerberos = new FakeKerberos();
        var mechanism = new GssapiServerMechanism(kerberos, new(null, null), KerberosShortNames.Parse(["DEFAULT"], "R"));
        Attack(["alice@R>kafka/h", "", "wrapped:\u0001\0\0\0"], token => mechanism.Begin().Evaluate(token).Identity);
    }

    [Fact]
    public void Jaas_entries_and_files() =>
        Attack(
            [
                "a.B required x=\"y\" z='w';", "Client { a.B required x=\"y\"; c.D optional; }; /* x */ KafkaServer { e.F sufficient; };",
                "a.B requisite user_alice=\"a\\\"b\";",
            ],
            text =>
            {
                var words = Encoding.UTF8.GetString(text);
                Tolerate<JaasException>(() => JaasParser.ParseValue(words));
                Tolerate<JaasException>(() => JaasParser.ParseFile(words));
                return null;
            });

    [Fact]
    public void Kerberos_rules_and_principals() =>
        Attack(
            ["DEFAULT", "RULE:[1:$1@$0](.*@R)s/@.*//g", "RULE:[2:$1;$2](^.*;admin$)s/;admin$//L", "alice/host@R", "alice@R"],
            text =>
            {
                var words = Encoding.UTF8.GetString(text);
                Tolerate<FormatException>(() => KerberosShortNames.Parse([words], "R").Of("alice/admin@R"));
                Tolerate<FormatException>(() => KerberosShortNames.Parse(["DEFAULT"], "R").Of(words));
                return null;
            });

    private static string Base64Url(string json) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(json)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static void Tolerate<T>(Action attempt)
        where T : Exception
    {
        try
        {
            attempt();
        }
        catch (T)
        {
            // The declared refusal.
        }
    }

    private void Attack(string[] samples, Func<byte[], SaslIdentity?> attempt)
    {
        var (rounds, seed) = (Setting("FUZZ_ROUNDS", RoundsOfCi), Setting("FUZZ_SEED", 1));
        output.WriteLine($"seed {seed}, {rounds} rounds");
        var mutations = new Mutations(seed, samples);
        for (var round = 0; round < rounds; round++)
        {
            var bytes = mutations.Next();
            try
            {
                Assert.Null(attempt(bytes));
            }
            catch (SaslRefusedException)
            {
                // The declared refusal.
            }
            catch (Exception failure) when (failure is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed}, round {round}: {failure.GetType().Name} by {Convert.ToHexString(bytes)}\n{failure}");
            }
        }
    }

    /// <summary>No one has a password.</summary>
    private sealed class NoCredentials : IScramCredentials
    {
        public ScramCredential? OfUser(ScramMechanism mechanism, string user) => null;

        public (ScramCredential Credential, SaslIdentity Owner)? OfToken(ScramMechanism mechanism, string tokenId) => null;
    }
}
