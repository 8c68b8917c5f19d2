using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Transport;
using ClassicBroker.Transport.Tests.Fuzz;

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

    /// <summary>As many rounds as the file says would keep a thread busy for the better part of an hour.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_key_that_asks_for_a_flood_of_rounds_is_refused_before_the_first(bool isPbes2)
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=flood", curve, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        var key = EncryptedKeyOf(int.MaxValue, isPbes2);
        var pem = $"{certificate.ExportCertificatePem()}\n{new string(PemEncoding.Write("ENCRYPTED PRIVATE KEY", key))}";
        Assert.Contains("5000000 rounds", Assert.Throws<CryptographicException>(() => KeyStore.ParsePem(pem, "secret")).Message);
        Assert.ThrowsAny<CryptographicException>(
            () => KeyStore.Parse(Pkcs12Sample.Encode(certificate, key, isShrouded: true), "secret", null));
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

    /// <summary>What looks like a private key under a password, by a scheme of its own (PKCS12's) or by PBES2.</summary>
    private static byte[] EncryptedKeyOf(int rounds, bool isPbes2)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(isPbes2 ? "1.2.840.113549.1.5.13" : "1.2.840.113549.1.12.1.3");
                if (isPbes2)
                {
                    using var parameters = writer.PushSequence();
                    using (writer.PushSequence())
                    {
                        writer.WriteObjectIdentifier("1.2.840.113549.1.5.12");
                        WriteSaltAndRounds();
                    }

                    using var cipher = writer.PushSequence();
                    writer.WriteObjectIdentifier("2.16.840.1.101.3.4.1.2");
                    writer.WriteOctetString(new byte[16]);
                }
                else
                {
                    WriteSaltAndRounds();
                }
            }

            writer.WriteOctetString(new byte[32]);
        }

        return writer.Encode();

        void WriteSaltAndRounds()
        {
            using var parameters = writer.PushSequence();
            writer.WriteOctetString(new byte[8]);
            writer.WriteInteger(rounds);
        }
    }

    private static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Tls", "KeyStores", name));
}
