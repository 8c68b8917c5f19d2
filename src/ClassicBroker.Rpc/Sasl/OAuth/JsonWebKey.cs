using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>
/// A public key of a JWKS (RFC 7517). A key verifies only the algorithms of its own kind, so that a token cannot choose to be taken for
/// one signed with a shared secret. Immutable; any loop.
/// </summary>
internal sealed class JsonWebKey
{
    private const int RsaBitsMin = 2048;

    private readonly RSAParameters? _rsa;
    private readonly ECParameters? _curve;

    private JsonWebKey(string? id, RSAParameters? rsa, ECParameters? curve) => (Id, _rsa, _curve) = (id, rsa, curve);

    public string? Id { get; }

    /// <summary>The key in a member of a JWKS; null where it is none that verifies signatures, or too short.</summary>
    /// <exception cref="FormatException">A number of the key is not in base64url.</exception>
    public static JsonWebKey? TryParse(JsonElement member)
    {
        var id = JsonWebToken.Text(member, "kid");
        if (JsonWebToken.Text(member, "use") is { } use && use != "sig")
        {
            return null;
        }

        return JsonWebToken.Text(member, "kty") switch
        {
            "RSA" when Number(member, "n") is { } n && Number(member, "e") is { } e && n.Length * 8 >= RsaBitsMin =>
                new JsonWebKey(id, new RSAParameters { Modulus = n, Exponent = e }, null),
            "EC" when Curve(member) is { } curve && Number(member, "x") is { } x && Number(member, "y") is { } y =>
                new JsonWebKey(id, null, new ECParameters { Curve = curve, Q = new ECPoint { X = x, Y = y } }),
            _ => null,
        };
    }

    public bool Verifies(JsonWebToken token)
    {
        var algorithm = token.Algorithm ?? "";
        if (algorithm.Length != 5 || Hash(algorithm) is not { } hash)
        {
            return false;
        }

        try
        {
            return algorithm[..2] switch
            {
                "RS" => VerifiesRsa(token, hash, RSASignaturePadding.Pkcs1),
                "PS" => VerifiesRsa(token, hash, RSASignaturePadding.Pss),
                "ES" => VerifiesCurve(token, hash),
                _ => false,
            };
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static HashAlgorithmName? Hash(string algorithm) => algorithm[2..] switch
    {
        "256" => HashAlgorithmName.SHA256,
        "384" => HashAlgorithmName.SHA384,
        "512" => HashAlgorithmName.SHA512,
        _ => null,
    };

    private static byte[]? Number(JsonElement member, string name) =>
        JsonWebToken.Text(member, name) is { } text ? Base64Url.DecodeFromChars(text) : null;

    private static ECCurve? Curve(JsonElement member) => JsonWebToken.Text(member, "crv") switch
    {
        "P-256" => ECCurve.NamedCurves.nistP256,
        "P-384" => ECCurve.NamedCurves.nistP384,
        "P-521" => ECCurve.NamedCurves.nistP521,
        _ => null,
    };

    private bool VerifiesRsa(JsonWebToken token, HashAlgorithmName hash, RSASignaturePadding padding)
    {
        if (_rsa is not { } parameters)
        {
            return false;
        }

        using var rsa = RSA.Create(parameters);
        return rsa.VerifyData(token.Signed, token.Signature, hash, padding);
    }

    private bool VerifiesCurve(JsonWebToken token, HashAlgorithmName hash)
    {
        if (_curve is not { } parameters)
        {
            return false;
        }

        // Each curve has its one hash (RFC 7518, 3.4).
        using var curve = ECDsa.Create(parameters);
        var expected = curve.KeySize switch
        {
            256 => HashAlgorithmName.SHA256,
            384 => HashAlgorithmName.SHA384,
            _ => HashAlgorithmName.SHA512,
        };
        return hash == expected && curve.VerifyData(token.Signed, token.Signature, hash);
    }
}
