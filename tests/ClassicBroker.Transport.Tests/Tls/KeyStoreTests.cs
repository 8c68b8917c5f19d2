using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Transport;

namespace ClassicBroker.Transport.Tests;

/// <summary>Stores made by Java's keytool, and PEM and PKCS12 made by the platform.</summary>
public sealed class KeyStoreTests
{
    [Fact]
    public void Jks_gives_key_and_certificate_with_passwords_of_their_own()
    {
        var store = KeyStore.Parse(Read("broker.jks"), "store-secret", "key-secret");

        Assert.Equal("CN=jks.example", store.KeyCertificate!.Subject);
        using var key = store.KeyCertificate.GetRSAPrivateKey();
        using var publicKey = store.KeyCertificate.GetRSAPublicKey();
        byte[] text = [1, 2, 3];
        Assert.True(publicKey!.VerifyData(text, key!.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    [Fact]
    public void Jks_keys_on_elliptic_curves_are_read_and_the_store_password_stands_in_for_the_keys() =>
        Assert.NotNull(KeyStore.Parse(Read("ec.jks"), "store-secret", null).KeyCertificate!.GetECDsaPrivateKey());

    [Fact]
    public void Jks_trust_store_gives_certificates_only()
    {
        var store = KeyStore.Parse(Read("trust.jks"), "trust-secret", null);

        Assert.Null(store.KeyCertificate);
        Assert.Equal("CN=jks.example", Assert.Single(store.Trusted).Subject);
    }

    [Theory]
    [InlineData("wrong", "key-secret")]
    [InlineData("store-secret", "wrong")]
    public void A_wrong_password_is_told(string storePassword, string keyPassword) =>
        Assert.Throws<CryptographicException>(() => KeyStore.Parse(Read("broker.jks"), storePassword, keyPassword));

    [Fact]
    public void A_store_cut_anywhere_is_refused_cleanly()
    {
        var whole = Read("broker.jks");
        for (var length = 4; length < whole.Length; length += 7)
        {
            Assert.Throws<CryptographicException>(() => KeyStore.Parse(whole.AsSpan(0, length), null, "key-secret"));
        }
    }

    [Fact]
    public void Pkcs12_and_pem_give_the_same_key()
    {
        using var certificate = TestCertificate.Create("CN=same");
        var pkcs12 = KeyStore.Parse(certificate.Export(X509ContentType.Pkcs12, "secret"), "secret", null);
        var pem = KeyStore.ParsePem(certificate.ExportCertificatePem() + "\n" + certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem(), null);

        Assert.Equal(certificate.Thumbprint, pkcs12.KeyCertificate!.Thumbprint);
        Assert.Equal(certificate.Thumbprint, pem.KeyCertificate!.Thumbprint);
        Assert.True(pem.KeyCertificate.HasPrivateKey);
    }

    private static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Tls", "KeyStores", name));
}
