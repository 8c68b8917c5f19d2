using ClassicBroker.Metadata.Passwords;
using ClassicBroker.Testing;

namespace ClassicBroker.Metadata.Tests.Passwords;

public sealed class PasswordEncoderTests
{
    private static PasswordEncoder Encoder(string secret, PasswordEncoding? encoding = null) =>
        new(secret, encoding ?? new PasswordEncoding(), new SeededRandomSource(1));

    /// <summary>What Kafka 3.9.2 stored of the password <c>golden</c>, each line after its secret.</summary>
    public static TheoryData<string, string> Recorded()
    {
        var data = new TheoryData<string, string>();
        foreach (var line in File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Golden", "encoded-passwords.txt")))
        {
            var parts = line.Split('\t');
            data.Add(parts[0], parts[1]);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void What_kafka_encoded_is_read_whatever_the_own_cipher_is(string secret, string encoded)
    {
        Assert.Equal("golden", Encoder(secret).Decode(encoded));
        Assert.Equal("golden", Encoder(secret, new() { Cipher = PasswordEncoding.Gcm, KeyBits = 256 }).Decode(encoded));
    }

    [Theory]
    [InlineData("AES/CBC/PKCS5Padding", "PBKDF2WithHmacSHA512", 128, 4096)]
    [InlineData("AES/GCM/NoPadding", "PBKDF2WithHmacSHA1", 256, 1024)]
    public void What_is_encoded_names_how_and_reads_back(string cipher, string factory, int bits, int iterations)
    {
        var encoder = Encoder("s", new() { Cipher = cipher, KeyFactory = factory, KeyBits = bits, Iterations = iterations });
        var encoded = encoder.Encode("pässword");
        Assert.Contains($"keyLength:{bits}", encoded);
        Assert.Contains($"cipherAlgorithm:{cipher}", encoded);
        Assert.Contains("passwordLength:9", encoded);
        Assert.Equal("pässword", Encoder("s").Decode(encoded));
        Assert.Throws<PasswordEncodingException>(() => Encoder("other").Decode(encoded));
    }

    [Theory]
    [InlineData("")]
    [InlineData("clear")]
    [InlineData("iterations:2000000000,keyLength:128,salt:AA==,keyFactoryAlgorithm:PBKDF2WithHmacSHA512,cipherAlgorithm:AES/CBC/PKCS5Padding,"
        + "initializationVector:AAAAAAAAAAAAAAAAAAAAAA==,passwordLength:1,encryptedPassword:AAAAAAAAAAAAAAAAAAAAAA==")]
    [InlineData("iterations:1,keyLength:128,salt:AA==,keyFactoryAlgorithm:PBKDF2WithHmacSHA512,cipherAlgorithm:AES/GCM/NoPadding,"
        + "initializationVector:AA==,passwordLength:1,encryptedPassword:AA==")]
    public void What_is_no_encoded_password_is_refused(string encoded) => Assert.Throws<PasswordEncodingException>(() => Encoder("s").Decode(encoded));

    [Fact]
    public void Settings_that_name_what_there_is_not_are_refused_when_they_are_used()
    {
        static string Refusal(PasswordEncoding encoding) =>
            Assert.Throws<PasswordEncodingException>(() => Encoder("s", encoding).Encode("p")).Message;

        Assert.StartsWith(
            "Invalid value Bogus/Cipher for configuration password.encoder.cipher.algorithm: ", Refusal(new() { Cipher = "Bogus/Cipher" }));
        Assert.StartsWith(
            "Invalid value Bogus for configuration password.encoder.keyfactory.algorithm: ", Refusal(new() { KeyFactory = "Bogus" }));
        Assert.StartsWith("Invalid value 100 for configuration password.encoder.key.length: ", Refusal(new() { KeyBits = 100 }));
    }
}
