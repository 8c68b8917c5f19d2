using System.Security.Cryptography;
using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Passwords;

/// <summary>
/// Encrypts the passwords that are configured dynamically, as Kafka keeps them in ZooKeeper: a list of <c>name:value</c> that names key
/// derivation and cipher, so that a password is read by what it says itself, whatever the settings are by then. Immutable.
/// </summary>
/// <remarks>
/// <code>
/// initializationVector:…,keyLength:128,salt:…,keyFactoryAlgorithm:PBKDF2WithHmacSHA512,cipherAlgorithm:AES/CBC/PKCS5Padding,
/// [authenticationTagLength:128,]iterations:4096,passwordLength:6,encryptedPassword:…
/// </code>
/// </remarks>
public sealed class PasswordEncoder(string secret, PasswordEncoding encoding, IRandomSource random)
{
    private const int SaltBytes = 256;
    private const int CbcVectorBytes = 16;
    private const int GcmVectorBytes = 12;
    private const int TagBits = 128;
    private const int BitsPerByte = 8;

    /// <summary>What a znode may ask for; more would hold up the loop that reads it.</summary>
    private const int IterationsMax = 1_000_000;

    private readonly byte[] _secret = Encoding.UTF8.GetBytes(secret);

    /// <exception cref="PasswordEncodingException">The settings name what there is not.</exception>
    public string Encode(string password)
    {
        var clear = Encoding.UTF8.GetBytes(password);
        var isGcm = encoding.Cipher == PasswordEncoding.Gcm;
        var (salt, vector) = (new byte[SaltBytes], new byte[isGcm ? GcmVectorBytes : CbcVectorBytes]);
        random.Fill(salt);
        random.Fill(vector);
        using var key = DeriveKey(encoding.KeyFactory, salt, encoding.Iterations, encoding.KeyBits);
        byte[] encrypted = encoding.Cipher switch
        {
            PasswordEncoding.Gcm => SealWithGcm(key.Bytes, vector, clear),
            PasswordEncoding.Cbc => EncryptWithCbc(key.Bytes, vector, clear),
            _ => throw Invalid(
                "password.encoder.cipher.algorithm", encoding.Cipher, $"the ciphers are {PasswordEncoding.Cbc} and {PasswordEncoding.Gcm}"),
        };
        return string.Join(
            ',',
            $"initializationVector:{Convert.ToBase64String(vector)}",
            $"keyLength:{encoding.KeyBits}",
            $"salt:{Convert.ToBase64String(salt)}",
            $"keyFactoryAlgorithm:{encoding.KeyFactory}",
            $"cipherAlgorithm:{encoding.Cipher}",
            isGcm ? $"authenticationTagLength:{TagBits},iterations:{encoding.Iterations}" : $"iterations:{encoding.Iterations}",
            $"passwordLength:{clear.Length}",
            $"encryptedPassword:{Convert.ToBase64String(encrypted)}");
    }

    /// <exception cref="PasswordEncodingException">It is not of this secret, or does not read as an encoded password.</exception>
    public string Decode(string encoded)
    {
        try
        {
            return DecodeParts(Parts(encoded));
        }
        catch (Exception failure) when (failure is FormatException or CryptographicException or KeyNotFoundException or ArgumentException)
        {
            throw new PasswordEncodingException("it was not encoded with this secret, or is no encoded password");
        }
    }

    private string DecodeParts(Dictionary<string, string> parts)
    {
        var vector = Convert.FromBase64String(parts["initializationVector"]);
        var encrypted = Convert.FromBase64String(parts["encryptedPassword"]);
        using var key = DeriveKey(
            parts["keyFactoryAlgorithm"], Convert.FromBase64String(parts["salt"]), Iterations(parts), Number(parts["keyLength"]));
        var clear = parts["cipherAlgorithm"] switch
        {
            PasswordEncoding.Gcm => OpenWithGcm(key.Bytes, vector, encrypted),
            PasswordEncoding.Cbc => DecryptWithCbc(key.Bytes, vector, encrypted),
            var other => throw new FormatException(other),
        };
        return clear.Length == Number(parts["passwordLength"])
            ? Encoding.UTF8.GetString(clear)
            : throw new FormatException("passwordLength");
    }

    private int Iterations(Dictionary<string, string> parts) =>
        Number(parts["iterations"]) is var iterations && iterations <= Math.Max(IterationsMax, encoding.Iterations)
            ? iterations
            : throw new FormatException("iterations");

    private static Dictionary<string, string> Parts(string encoded) =>
        encoded.Split(',')
            .Select(part => part.Split(':', 2))
            .Where(part => part.Length == 2)
            .ToDictionary(part => part[0], part => part[1]);

    private static int Number(string text) =>
        JavaText.TryParseInt(text, out var number) && number > 0 ? number : throw new FormatException(text);

    private DerivedKey DeriveKey(string keyFactory, byte[] salt, int iterations, int keyBits)
    {
        HashAlgorithmName hash = keyFactory switch
        {
            "PBKDF2WithHmacSHA1" => HashAlgorithmName.SHA1,
            "PBKDF2WithHmacSHA256" => HashAlgorithmName.SHA256,
            "PBKDF2WithHmacSHA384" => HashAlgorithmName.SHA384,
            PasswordEncoding.DefaultKeyFactory => HashAlgorithmName.SHA512,
            _ => throw Invalid(
                "password.encoder.keyfactory.algorithm", keyFactory, "the key factories are PBKDF2WithHmacSHA1, SHA256, SHA384 and SHA512"),
        };
        return keyBits is 128 or 192 or 256
            ? new DerivedKey(Rfc2898DeriveBytes.Pbkdf2(_secret, salt, iterations, hash, keyBits / BitsPerByte))
            : throw Invalid("password.encoder.key.length", $"{keyBits}", "an AES key has 128, 192 or 256 bits");
    }

    private static PasswordEncodingException Invalid(string key, string value, string reason) =>
        new($"Invalid value {value} for configuration {key}: {reason}");

    private static byte[] EncryptWithCbc(byte[] key, byte[] vector, byte[] clear)
    {
        using var aes = Aes.Create();
        aes.Key = key;
        return aes.EncryptCbc(clear, vector);
    }

    private static byte[] DecryptWithCbc(byte[] key, byte[] vector, byte[] encrypted)
    {
        using var aes = Aes.Create();
        aes.Key = key;
        return aes.DecryptCbc(encrypted, vector);
    }

    /// <summary>The tag stands behind the cipher text, as Java puts it.</summary>
    private static byte[] SealWithGcm(byte[] key, byte[] vector, byte[] clear)
    {
        using var aes = new AesGcm(key, TagBits / BitsPerByte);
        var sealedText = new byte[clear.Length + (TagBits / BitsPerByte)];
        aes.Encrypt(vector, clear, sealedText.AsSpan(0, clear.Length), sealedText.AsSpan(clear.Length));
        return sealedText;
    }

    private static byte[] OpenWithGcm(byte[] key, byte[] vector, byte[] sealedText)
    {
        if (sealedText.Length < TagBits / BitsPerByte)
        {
            throw new FormatException("encryptedPassword");
        }

        using var aes = new AesGcm(key, TagBits / BitsPerByte);
        var clear = new byte[sealedText.Length - (TagBits / BitsPerByte)];
        aes.Decrypt(vector, sealedText.AsSpan(0, clear.Length), sealedText.AsSpan(clear.Length), clear);
        return clear;
    }

    /// <summary>A key that is wiped after its use.</summary>
    private readonly struct DerivedKey(byte[] bytes) : IDisposable
    {
        public byte[] Bytes { get; } = bytes;

        public void Dispose() => CryptographicOperations.ZeroMemory(Bytes);
    }
}
