using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// What stands in for the credentials of users there are none of: the same for a name each time, at every broker that has the same secret,
/// and made like those that are stored, so that the first answer of an exchange does not tell which names are users. No proof fits them.
/// Immutable; any loop.
/// </summary>
public sealed class ScramDecoys
{
    /// <summary>Brokers salt tokens so.</summary>
    private const int TokenSaltLength = 24;

    private const int SaltLengthMax = 255;
    private const string Digits = "0123456789abcdefghijklmnopqrstuvwxyz";

    /// <summary>Kafka's salts are numbers of so many bits, written to the base of 36.</summary>
    private const int NumberBits = 130;

    private const int NumberLengthMin = 20;
    private const int NumberLengthMax = 26;

    private static readonly Shape Kafkas = new(null, ScramCredential.IterationsMin);

    private readonly byte[] _secret;
    private readonly SortedDictionary<ScramMechanism, List<(Shape Shape, long Before)>> _shapes = [];
    private readonly SortedDictionary<ScramMechanism, long> _counts = [];

    /// <param name="secret">What strangers do not know and all brokers do.</param>
    /// <param name="stored">The credentials of all users.</param>
    public ScramDecoys(ReadOnlySpan<byte> secret, IEnumerable<(ScramMechanism Mechanism, ScramCredential Credential)> stored)
    {
        _secret = secret.ToArray();
        foreach (var ofMechanism in stored
                     .Where(entry => entry.Credential.Iterations >= ScramCredential.IterationsMin)
                     .GroupBy(entry => entry.Mechanism, entry => Shape.Of(entry.Credential)))
        {
            var (shapes, count) = (new List<(Shape, long)>(), 0L);
            var ordered = ofMechanism.GroupBy(shape => shape).OrderBy(shape => shape.Key.Iterations).ThenBy(shape => shape.Key.Length);
            foreach (var shape in ordered)
            {
                shapes.Add((shape.Key, count));
                count += shape.Count();
            }

            (_shapes[ofMechanism.Key], _counts[ofMechanism.Key]) = (shapes, count);
        }
    }

    /// <summary>One that is made like those of the users, of each way to make them as often as users have it.</summary>
    public ScramCredential OfUser(ScramMechanism mechanism, string user)
    {
        var seed = Seed(mechanism, "user", user);
        return Make(mechanism, seed, ShapeOf(mechanism, BinaryPrimitives.ReadUInt32BigEndian(seed)));
    }

    /// <summary>
    /// One that is made like those of delegation tokens. A token's own salt differs from broker to broker where this one does not; but who
    /// has the random id of a token has been told it.
    /// </summary>
    public ScramCredential OfToken(ScramMechanism mechanism, string tokenId) =>
        Make(mechanism, Seed(mechanism, "token", tokenId), new Shape(TokenSaltLength, ScramCredential.IterationsMin));

    private byte[] Seed(ScramMechanism mechanism, string kind, string name) =>
        ScramKeys.Hmac(ScramMechanism.Sha512, _secret, Encoding.UTF8.GetBytes($"{mechanism.WireName()} {kind} {name}"));

    /// <summary>Where a name falls among the users, were each as wide as the others.</summary>
    private Shape ShapeOf(ScramMechanism mechanism, uint point)
    {
        if (!_shapes.TryGetValue(mechanism, out var shapes))
        {
            return Kafkas;
        }

        var place = (point * _counts[mechanism]) >> 32;
        return shapes.Last(shape => shape.Before <= place).Shape;
    }

    private static ScramCredential Make(ScramMechanism mechanism, byte[] seed, Shape shape)
    {
        var salt = HKDF.Expand(HashAlgorithmName.SHA512, seed, shape.Length ?? (NumberBits + 7) / 8);
        var keys = new byte[ScramKeys.HashLength(mechanism)];
        return new ScramCredential(shape.Length is null ? Number(salt) : salt, keys, keys, shape.Iterations);
    }

    private static byte[] Number(byte[] bytes)
    {
        bytes[0] &= (1 << (NumberBits % 8)) - 1;
        var rest = new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
        var text = new Stack<byte>();
        do
        {
            rest = BigInteger.DivRem(rest, Digits.Length, out var digit);
            text.Push((byte)Digits[(int)digit]);
        }
        while (!rest.IsZero);

        return [.. text];
    }

    /// <summary>How a credential was made: of so many random bytes, or as Kafka does it.</summary>
    private readonly record struct Shape(int? Length, int Iterations)
    {
        public static Shape Of(ScramCredential credential) =>
            new(IsNumber(credential.Salt) ? null : Math.Clamp(credential.Salt.Length, 1, SaltLengthMax), credential.Iterations);

        private static bool IsNumber(byte[] salt) =>
            salt.Length is >= NumberLengthMin and <= NumberLengthMax && salt.All(letter => Digits.Contains((char)letter));
    }
}
