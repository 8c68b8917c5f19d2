using System.Text;
using ClassicBroker.Platform;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// SCRAM (RFC 5802) against credentials that are not passwords. A user there is none of is led through the whole exchange with a salt
/// that <paramref name="decoySecret"/> makes of the name, the same each time, and fails where a wrong password does: trying does not show
/// which users there are. Immutable; any loop.
/// </summary>
public sealed class ScramServerMechanism(
    ScramMechanism mechanism, IScramCredentials credentials, IRandomSource random, byte[] decoySecret) : ISaslServerMechanism
{
    /// <summary>Nonces and salts have the length and the letters of Kafka's, which are 130-bit numbers to the base of 36.</summary>
    private const int TextLength = 26;

    private const string Digits = "0123456789abcdefghijklmnopqrstuvwxyz";

    public string Name => mechanism.WireName();

    /// <summary>Where the broker's part of a nonce comes from; null for a random one.</summary>
    internal Func<string>? Nonces { get; init; }

    public ISaslServer Begin() => new ScramServer(mechanism, credentials, this, Nonces?.Invoke() ?? NewNonce());

    private string NewNonce()
    {
        Span<char> nonce = stackalloc char[TextLength];
        for (var i = 0; i < nonce.Length; i++)
        {
            nonce[i] = Digits[random.Next(Digits.Length)];
        }

        return new string(nonce);
    }

    /// <summary>What stands in for the credential of a user there is none of: no proof fits it.</summary>
    internal ScramCredential Decoy(string user)
    {
        var bytes = ScramKeys.Hmac(ScramMechanism.Sha512, decoySecret, Encoding.UTF8.GetBytes($"{Name} {user}"));
        var salt = new byte[TextLength];
        for (var i = 0; i < salt.Length; i++)
        {
            salt[i] = (byte)Digits[bytes[i] % Digits.Length];
        }

        var keys = new byte[ScramKeys.HashLength(mechanism)];
        return new ScramCredential(salt, keys, keys, ScramCredential.IterationsMin);
    }
}
