using ClassicBroker.Server.Config;
using ClassicBroker.Server.Security;
using ClassicBroker.Testing;

namespace ClassicBroker.Server.Tests.Security;

public sealed class PasswordEncoderTests
{
    private static PasswordEncoder Encoder(string secret, params (string Key, string Value)[] settings)
    {
        var properties = settings.ToDictionary(entry => "password.encoder." + entry.Key, entry => entry.Value);
        properties["zookeeper.connect"] = "zk:2181";
        properties["password.encoder.secret"] = secret;
        return PasswordEncoder.Current(KafkaConfig.From(properties, "host"), new SeededRandomSource(1))!;
    }

    /// <summary>What Kafka 3.9.2 stored of the password <c>golden</c>, each line after its secret.</summary>
    public static TheoryData<string, string> Recorded()
    {
        var data = new TheoryData<string, string>();
        foreach (var line in File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Security", "encoded-passwords.txt")))
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
        Assert.Equal("golden", Encoder(secret, ("cipher.algorithm", "AES/GCM/NoPadding"), ("key.length", "256")).Decode(encoded));
    }

    [Theory]
    [InlineData("AES/CBC/PKCS5Padding", "PBKDF2WithHmacSHA512", "128", "4096")]
    [InlineData("AES/GCM/NoPadding", "PBKDF2WithHmacSHA1", "256", "1024")]
    public void What_is_encoded_names_how_and_reads_back(string cipher, string factory, string bits, string iterations)
    {
        var encoder = Encoder("s", ("cipher.algorithm", cipher), ("keyfactory.algorithm", factory), ("key.length", bits), ("iterations", iterations));
        var encoded = encoder.Encode("pässword");
        Assert.Contains($"keyLength:{bits}", encoded);
        Assert.Contains($"cipherAlgorithm:{cipher}", encoded);
        Assert.Contains("passwordLength:9", encoded);
        Assert.Equal("pässword", Encoder("s").Decode(encoded));
        Assert.Throws<ConfigException>(() => Encoder("other").Decode(encoded));
    }

    [Theory]
    [InlineData("")]
    [InlineData("clear")]
    [InlineData("iterations:2000000000,keyLength:128,salt:AA==,keyFactoryAlgorithm:PBKDF2WithHmacSHA512,cipherAlgorithm:AES/CBC/PKCS5Padding,"
        + "initializationVector:AAAAAAAAAAAAAAAAAAAAAA==,passwordLength:1,encryptedPassword:AAAAAAAAAAAAAAAAAAAAAA==")]
    [InlineData("iterations:1,keyLength:128,salt:AA==,keyFactoryAlgorithm:PBKDF2WithHmacSHA512,cipherAlgorithm:AES/GCM/NoPadding,"
        + "initializationVector:AA==,passwordLength:1,encryptedPassword:AA==")]
    public void What_is_no_encoded_password_is_refused(string encoded) => Assert.Throws<ConfigException>(() => Encoder("s").Decode(encoded));

    [Theory]
    [InlineData("cipher.algorithm", "Bogus/Cipher")]
    [InlineData("keyfactory.algorithm", "Bogus")]
    [InlineData("key.length", "100")]
    public void Settings_that_name_what_there_is_not_are_refused_when_they_are_used(string key, string value) =>
        Assert.Contains("password.encoder." + key, Assert.Throws<ConfigException>(() => Encoder("s", (key, value)).Encode("p")).Message);
}
