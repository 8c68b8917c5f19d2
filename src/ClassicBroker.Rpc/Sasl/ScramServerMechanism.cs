using ClassicBroker.Platform;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// SCRAM (RFC 5802) against credentials that are not passwords. A user there is none of is led through the whole exchange with what
/// <see cref="ScramDecoys"/> makes of the name, and fails where a wrong password does: trying does not show which users there are.
/// Immutable; any loop.
/// </summary>
public sealed class ScramServerMechanism(ScramMechanism mechanism, IScramCredentials credentials, IRandomSource random)
    : ISaslServerMechanism
{
    /// <summary>Nonces have the length and the letters of Kafka's, which are 130-bit numbers to the base of 36.</summary>
    private const int TextLength = 26;

    private const string Digits = "0123456789abcdefghijklmnopqrstuvwxyz";

    public string Name => mechanism.WireName();

    /// <summary>Where the broker's part of a nonce comes from; null for a random one.</summary>
    internal Func<string>? Nonces { get; init; }

    public ISaslServer Begin() => new ScramServer(mechanism, credentials, Nonces?.Invoke() ?? NewNonce());

    private string NewNonce()
    {
        Span<char> nonce = stackalloc char[TextLength];
        for (var i = 0; i < nonce.Length; i++)
        {
            nonce[i] = Digits[random.Next(Digits.Length)];
        }

        return new string(nonce);
    }
}
