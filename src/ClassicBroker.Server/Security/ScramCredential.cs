using System.Security.Cryptography;
using System.Text;
using ClassicBroker.Primitives;

namespace ClassicBroker.Server.Security;

/// <summary>
/// What a broker keeps of a user's password (RFC 5802): enough to check a proof, not enough to make one. Written into the user's znode as
/// <c>salt=…,stored_key=…,server_key=…,iterations=…</c>.
/// </summary>
public sealed record ScramCredential(byte[] Salt, byte[] StoredKey, byte[] ServerKey, int Iterations)
{
    public const int IterationsMin = 4096;
    public const int IterationsMax = 16384;

    /// <summary>The credential of a password that its owner has salted already, so that it never travels itself (KIP-554).</summary>
    public static ScramCredential FromSaltedPassword(ScramMechanism mechanism, byte[] salt, byte[] saltedPassword, int iterations)
    {
        var clientKey = Hmac(mechanism, saltedPassword, "Client Key");
        return new ScramCredential(salt, Hash(mechanism, clientKey), Hmac(mechanism, saltedPassword, "Server Key"), iterations);
    }

    /// <summary>Reads the form of the znode; null for anything else.</summary>
    public static ScramCredential? TryParse(string text)
    {
        var parts = text.Split(',')
            .Select(part => part.Split('=', 2))
            .Where(part => part.Length == 2)
            .ToDictionary(part => part[0].Trim(), part => part[1].Trim(), StringComparer.Ordinal);
        if (!parts.TryGetValue("iterations", out var count) || !JavaText.TryParseInt(count, out var iterations))
        {
            return null;
        }

        return Bytes("salt") is { } salt && Bytes("stored_key") is { } storedKey && Bytes("server_key") is { } serverKey
            ? new ScramCredential(salt, storedKey, serverKey, iterations)
            : null;

        byte[]? Bytes(string key)
        {
            if (!parts.TryGetValue(key, out var base64))
            {
                return null;
            }

            var bytes = new byte[base64.Length];
            return Convert.TryFromBase64String(base64, bytes, out var length) ? bytes[..length] : null;
        }
    }

    public string ToZnodeText() =>
        $"salt={Convert.ToBase64String(Salt)},stored_key={Convert.ToBase64String(StoredKey)},"
        + $"server_key={Convert.ToBase64String(ServerKey)},iterations={Iterations}";

    private static byte[] Hmac(ScramMechanism mechanism, byte[] key, string text) =>
        mechanism == ScramMechanism.Sha256
            ? HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text))
            : HMACSHA512.HashData(key, Encoding.UTF8.GetBytes(text));

    private static byte[] Hash(ScramMechanism mechanism, byte[] bytes) =>
        mechanism == ScramMechanism.Sha256 ? SHA256.HashData(bytes) : SHA512.HashData(bytes);
}
