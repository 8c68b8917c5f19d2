using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>The client's half of SCRAM, whose messages <see cref="ScramServer"/> draws. The broker has to prove itself too.</summary>
internal sealed class ScramClient(ScramLogin login, ScramMechanism mechanism, string user, bool isToken, string nonce) : ISaslClient
{
    private const string Header = "n,,";

    private readonly string _first = $"n={ScramAttributes.Escape(user)},r={nonce}{(isToken ? ",tokenauth=true" : "")}";
    private byte[]? _serverSignature;

    public byte[] FirstToken() => Encoding.UTF8.GetBytes(Header + _first);

    public ValueTask<byte[]?> AnswerAsync(ReadOnlyMemory<byte> token) => new(Answer(token.Span));

    private byte[]? Answer(ReadOnlySpan<byte> token)
    {
        var message = Encoding.UTF8.GetString(token);
        if (_serverSignature is null)
        {
            return Prove(message);
        }

        var signature = ScramAttributes.Bytes(ScramAttributes.TryParse(message)?.Take("v"));
        return signature is not null && CryptographicOperations.FixedTimeEquals(signature, _serverSignature)
            ? null
            : throw new SaslFailedException("Invalid server signature in server final message: the broker does not know the password");
    }

    private byte[] Prove(string serverFirst)
    {
        var attributes = ScramAttributes.TryParse(serverFirst);
        var bothNonces = attributes?.Take("r");
        var salt = ScramAttributes.Bytes(attributes?.Take("s"));
        if (bothNonces is null || salt is null
            || !int.TryParse(attributes!.Take("i"), NumberStyles.None, CultureInfo.InvariantCulture, out var iterations))
        {
            throw new SaslFailedException($"Invalid SCRAM server first message from the broker");
        }

        if (!bothNonces.StartsWith(nonce, StringComparison.Ordinal) || bothNonces.Length == nonce.Length)
        {
            throw new SaslFailedException("Invalid server nonce: does not start with client nonce");
        }

        if (iterations < ScramCredential.IterationsMin)
        {
            throw new SaslFailedException(
                $"Requested iterations {iterations} is less than the minimum {ScramCredential.IterationsMin} for {login.Mechanism}");
        }

        if (iterations > ScramLogin.IterationsMax)
        {
            throw new SaslFailedException(
                $"Requested iterations {iterations} is more than the maximum {ScramLogin.IterationsMax} for {login.Mechanism}");
        }

        var withoutProof = $"c={Convert.ToBase64String(Encoding.ASCII.GetBytes(Header))},r={bothNonces}";
        var signed = $"{_first},{serverFirst},{withoutProof}";
        var salted = login.SaltedPassword(salt, iterations);
        var clientKey = ScramKeys.ClientKey(mechanism, salted);
        var proof = ScramKeys.Xor(clientKey, ScramKeys.Signature(mechanism, ScramKeys.Hash(mechanism, clientKey), signed));
        _serverSignature = ScramKeys.Signature(mechanism, ScramKeys.ServerKey(mechanism, salted), signed);
        return Encoding.UTF8.GetBytes($"{withoutProof},p={Convert.ToBase64String(proof)}");
    }
}
