using ClassicBroker.Primitives;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>
/// What a broker keeps of a user's password (RFC 5802): enough to check a proof, not enough to make one. Written into the user's znode as
/// <c>salt=…,stored_key=…,server_key=…,iterations=…</c>.
/// </summary>
public sealed record ScramCredential(byte[] Salt, byte[] StoredKey, byte[] ServerKey, int Iterations)
{
    public const int IterationsMin = 4096;
    public const int IterationsMax = 16384;

    /// <summary>The credential of a password that its owner has salted already, so that it never travels itself (KIP-554).</summary>
    public static ScramCredential FromSaltedPassword(ScramMechanism mechanism, byte[] salt, byte[] saltedPassword, int iterations) =>
        new(
            salt,
            ScramKeys.Hash(mechanism, ScramKeys.ClientKey(mechanism, saltedPassword)),
            ScramKeys.ServerKey(mechanism, saltedPassword),
            iterations);

    /// <summary>The credential of a password.</summary>
    public static ScramCredential FromPassword(ScramMechanism mechanism, string password, byte[] salt, int iterations) =>
        FromSaltedPassword(mechanism, salt, ScramKeys.SaltedPassword(mechanism, password, salt, iterations), iterations);

    /// <summary>Reads the form of the znode; null for anything else.</summary>
    public static ScramCredential? TryParse(string text)
    {
        var parts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in text.Split(',').Select(part => part.Split('=', 2)).Where(part => part.Length == 2))
        {
            parts[part[0].Trim()] = part[1].Trim();
        }

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

    /// <summary>Keys let others pass as the broker or try passwords: they are never printed.</summary>
    public override string ToString() => $"{nameof(ScramCredential)}(iterations={Iterations})";
}
