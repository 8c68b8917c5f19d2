using System.Text;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Testing;

namespace ClassicBroker.Rpc.Tests.Sasl;

/// <summary>The first answer of SCRAM does not tell a user from a name that is none.</summary>
public sealed class ScramDecoysTests
{
    private const string Digits = "0123456789abcdefghijklmnopqrstuvwxyz";

    /// <summary>What Kafka's tool stored: numbers of 130 bits.</summary>
    private static readonly byte[] KafkasSalt = "1bvh9qxzj3s92vp384x1x1si"u8.ToArray();

    private readonly SeededRandomSource _random = new(1);

    [Theory]
    [InlineData(4096, true)]
    [InlineData(8192, true)]
    [InlineData(4096, false)]
    [InlineData(10_000, false)]
    public void A_decoy_is_of_the_form_of_the_users(int iterations, bool isKafkas)
    {
        var users = new Users();
        users.Add("real", isKafkas ? KafkasSalt : Random(24), iterations);
        var (salt, count) = FirstAnswer(users, "real");
        foreach (var stranger in Names(200))
        {
            var (decoySalt, decoyCount) = FirstAnswer(users, stranger);
            Assert.Equal(count, decoyCount);
            Assert.Equal(isKafkas, IsNumber(decoySalt));
            if (!isKafkas)
            {
                Assert.Equal(salt.Length, decoySalt.Length);
            }
        }
    }

    [Fact]
    public void Where_users_differ_decoys_differ_as_often()
    {
        var users = new Users();
        for (var i = 0; i < 100; i++)
        {
            users.Add($"real-{i}", i % 2 == 0 ? Random(24) : KafkasSalt, i < 25 ? 8192 : 4096);
        }

        users.Add("weak", Random(3), 1000);
        var answers = Names(2000).Select(name => FirstAnswer(users, name)).ToList();
        Assert.All(answers, answer => Assert.True(answer.Iterations is 4096 or 8192));
        Assert.InRange(answers.Count(answer => answer.Iterations == 8192), 400, 600);
        Assert.InRange(answers.Count(answer => IsNumber(answer.Salt)), 900, 1100);
        Assert.Equal(8192, FirstAnswer(users, "real-3").Iterations);
    }

    [Fact]
    public void Salts_like_kafkas_are_numbers_of_130_bits()
    {
        var salts = Names(2000).Select(name => Encoding.ASCII.GetString(FirstAnswer(new Users(), name).Salt)).ToList();
        Assert.All(salts, salt => Assert.InRange(salt.Length, 22, 26));
        Assert.All(salts.Where(salt => salt.Length == 26), salt => Assert.Equal('1', salt[0]));
        Assert.InRange(salts.Count(salt => salt.Length == 26), 700, 900);
    }

    [Fact]
    public void A_name_has_the_same_decoy_wherever_the_secret_is_the_same()
    {
        var (one, other, foreign) = (new ScramDecoys([1], []), new ScramDecoys([1], []), new ScramDecoys([2], []));
        Assert.Equal(one.OfUser(ScramMechanism.Sha256, "x").Salt, other.OfUser(ScramMechanism.Sha256, "x").Salt);
        Assert.NotEqual(one.OfUser(ScramMechanism.Sha256, "x").Salt, foreign.OfUser(ScramMechanism.Sha256, "x").Salt);
        Assert.NotEqual(one.OfUser(ScramMechanism.Sha256, "x").Salt, one.OfUser(ScramMechanism.Sha512, "x").Salt);
        Assert.Equal(24, one.OfToken(ScramMechanism.Sha256, "x").Salt.Length);
    }

    private static IEnumerable<string> Names(int count) => Enumerable.Range(0, count).Select(number => $"nobody-{number}");

    private static bool IsNumber(byte[] salt) => salt.All(letter => Digits.Contains((char)letter));

    private byte[] Random(int length)
    {
        var bytes = new byte[length];
        _random.Fill(bytes);
        return bytes;
    }

    private (byte[] Salt, int Iterations) FirstAnswer(Users users, string name)
    {
        var server = new ScramServerMechanism(ScramMechanism.Sha256, users, _random).Begin();
        var words = Encoding.UTF8.GetString(server.Evaluate(Encoding.UTF8.GetBytes($"n,,n={name},r=x")).Answer).Split(',');
        return (Convert.FromBase64String(words[1][2..]), int.Parse(words[2][2..], System.Globalization.CultureInfo.InvariantCulture));
    }

    private sealed class Users : IScramCredentials
    {
        private readonly SortedDictionary<string, ScramCredential> _users = new(StringComparer.Ordinal);

        public ScramDecoys Decoys { get; private set; } = new([1], []);

        public void Add(string name, byte[] salt, int iterations)
        {
            _users[name] = new ScramCredential(salt, new byte[32], new byte[32], iterations);
            Decoys = new ScramDecoys([1], _users.Values.Select(user => (ScramMechanism.Sha256, user)));
        }

        public ScramCredential? OfUser(ScramMechanism mechanism, string user) => _users.GetValueOrDefault(user);

        public (ScramCredential Credential, SaslIdentity Owner)? OfToken(ScramMechanism mechanism, string tokenId) => null;
    }
}
