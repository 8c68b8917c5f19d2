using System.Security.Cryptography;
using System.Text;

namespace ClassicBroker.Rpc.Sasl;

/// <summary>The functions of SCRAM (RFC 5802), for either hash. Stateless; passwords are UTF-8 as they are, as Kafka takes them.</summary>
public static class ScramKeys
{
    public static int HashLength(ScramMechanism mechanism) =>
        mechanism == ScramMechanism.Sha256 ? SHA256.HashSizeInBytes : SHA512.HashSizeInBytes;

    public static byte[] SaltedPassword(ScramMechanism mechanism, string password, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(
            Encoding.UTF8.GetBytes(password),
            salt,
            iterations,
            mechanism == ScramMechanism.Sha256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512,
            HashLength(mechanism));

    public static byte[] ClientKey(ScramMechanism mechanism, byte[] saltedPassword) => Hmac(mechanism, saltedPassword, "Client Key"u8);

    public static byte[] ServerKey(ScramMechanism mechanism, byte[] saltedPassword) => Hmac(mechanism, saltedPassword, "Server Key"u8);

    /// <summary>What the server signs the exchange with, and what hides the client's key in its proof.</summary>
    public static byte[] Signature(ScramMechanism mechanism, byte[] key, string authMessage) =>
        Hmac(mechanism, key, Encoding.UTF8.GetBytes(authMessage));

    /// <summary>A client's proof from its key and signature, or its key from proof and signature.</summary>
    public static byte[] Xor(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var result = left.ToArray();
        for (var i = 0; i < result.Length; i++)
        {
            result[i] ^= right[i];
        }

        return result;
    }

    public static byte[] Hash(ScramMechanism mechanism, ReadOnlySpan<byte> bytes) =>
        mechanism == ScramMechanism.Sha256 ? SHA256.HashData(bytes) : SHA512.HashData(bytes);

    public static byte[] Hmac(ScramMechanism mechanism, byte[] key, ReadOnlySpan<byte> bytes) =>
        mechanism == ScramMechanism.Sha256 ? HMACSHA256.HashData(key, bytes) : HMACSHA512.HashData(key, bytes);
}
