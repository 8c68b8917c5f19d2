namespace ClassicBroker.Metadata.Passwords;

/// <summary>How passwords are encoded from now on (<c>password.encoder.*</c>); the defaults are Kafka's. Immutable.</summary>
public sealed record PasswordEncoding
{
    public const string DefaultKeyFactory = "PBKDF2WithHmacSHA512";

    public const string Gcm = "AES/GCM/NoPadding";

    public const string Cbc = "AES/CBC/PKCS5Padding";

    /// <summary>Makes the key out of the secret.</summary>
    public string KeyFactory { get; init; } = DefaultKeyFactory;

    public string Cipher { get; init; } = Cbc;

    public int KeyBits { get; init; } = 128;

    /// <summary>How often the secret is hashed.</summary>
    public int Iterations { get; init; } = 4096;
}
