using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ClassicBroker.Testing.Fuzzing;

namespace ClassicBroker.Transport.Tests.Fuzz;

/// <summary>
/// Key stores of every form bent at random: they are read, or refused as the platform refuses what is wrong with cryptography. Keys are on
/// elliptic curves and stores without seals, so that an attempt takes microseconds and what was bent is looked into.
/// </summary>
public sealed class KeyStoreFuzzTests(ITestOutputHelper output)
{
    /// <summary>Certificates and keys are objects of the system's library, whose wrappers are large and few.</summary>
    private const int AllocatedMax = 512 * 1024;

    private static readonly PbeParameters OneRound = new(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1);

    [Fact]
    public void Pem()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Certificate(key);
        var encrypted = key.ExportEncryptedPkcs8PrivateKeyPem("secret", OneRound);
        var pem = certificate.ExportCertificatePem();
        Run(
            [
                .. new[] { pem, $"{pem}\n{key.ExportPkcs8PrivateKeyPem()}", $"{pem}\n{encrypted}", $"{pem}\n{key.ExportECPrivateKeyPem()}" }
                    .Select(Encoding.ASCII.GetBytes),
            ],
            ["-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----", "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "\n", "="],
            input => KeyStore.ParsePem(Encoding.UTF8.GetString(input), "secret"));
    }

    [Fact]
    public void Jks() => Run(
        [Read("ec.jks"), Read("trust.jks")],
        [],
        input => KeyStore.Parse([0xFE, 0xED, 0xFE, 0xED, .. input.Skip(4)], null, "store-secret"));

    [Fact]
    public void Pkcs12()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Certificate(key);
        Run(
            [
                Pkcs12Sample.Encode(certificate, null, isShrouded: false),
                Pkcs12Sample.Encode(certificate, key.ExportPkcs8PrivateKey(), isShrouded: false),
                Pkcs12Sample.Encode(certificate, key.ExportEncryptedPkcs8PrivateKey("secret", OneRound), isShrouded: true),
                certificate.ExportPkcs12(OneRound, "secret"),
            ],
            [],
            input => KeyStore.Parse(input, "secret", null));
    }

    private static X509Certificate2 Certificate(ECDsa key) =>
        new CertificateRequest("CN=fuzz", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));

    private static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Tls", "KeyStores", name));

    private void Run(byte[][] samples, string[] pieces, Func<byte[], KeyStore> parse) =>
        output.WriteLine(new FuzzCampaign(
            samples,
            pieces.Select(Encoding.ASCII.GetBytes),
            input =>
            {
                var store = parse(input);
                var outcome = (store.KeyCertificate is null ? 0 : 1) + (2 * store.Trusted.Count) + (16 * store.Chain.Count) + (256 * store.Aliases.Count);
                store.KeyCertificate?.Dispose();
                foreach (var certificate in store.Trusted.Concat(store.Chain))
                {
                    certificate.Dispose();
                }

                return outcome;
            },
            typeof(CryptographicException))
        {
            AllocatedMax = AllocatedMax,
        }.Run());
}
