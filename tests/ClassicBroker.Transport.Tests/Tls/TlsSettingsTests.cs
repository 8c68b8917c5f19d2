using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Transport;

namespace ClassicBroker.Transport.Tests;

/// <summary>What the <c>ssl.*</c> keys of a file make of it, and the sentence where they cannot be used.</summary>
public sealed class TlsSettingsTests
{
    private static readonly X509Certificate2 Own = TestCertificate.Create("CN=own", "own.example");

    private readonly SimulatedFileSystem _files = new(new ManualTime(), new SeededRandomSource(1));

    [Fact]
    public void Defaults_are_those_of_kafka()
    {
        var settings = TlsSettings.Default;

        Assert.Equal(SslProtocols.Tls12 | SslProtocols.Tls13, settings.Protocols);
        Assert.Null(settings.CipherSuites);
        Assert.Equal(ClientAuthentication.None, settings.ClientAuthentication);
        Assert.True(settings.VerifiesHostName);
        Assert.Null(TlsContext.Load(settings, _files).Server);
    }

    [Theory]
    [InlineData("ssl.enabled.protocols=TLSv1.2", SslProtocols.Tls12)]
    [InlineData("ssl.enabled.protocols=TLSv1.2,TLSv1.1,TLSv1", SslProtocols.Tls12)]
    [InlineData("ssl.enabled.protocols=|ssl.protocol=TLSv1.3", SslProtocols.Tls13)]
    [InlineData("ssl.enabled.protocols=|ssl.protocol=TLS", SslProtocols.Tls12 | SslProtocols.Tls13)]
    [InlineData("ssl.enabled.protocols=TLSv1.3|ssl.protocol=TLSv1.2", SslProtocols.Tls13)]
    public void Protocols_are_the_enabled_ones_that_are_still_safe(string lines, SslProtocols expected) =>
        Assert.Equal(expected, Read(lines).Protocols);

    [Fact]
    public void An_empty_algorithm_verifies_no_host_name() =>
        Assert.False(Read("ssl.endpoint.identification.algorithm=").VerifiesHostName);

    [Theory]
    [InlineData("ssl.enabled.protocols=TLSv1,TLSv1.1", "this build speaks TLSv1.2,TLSv1.3")]
    [InlineData("ssl.enabled.protocols=TLSv9", "there is no such protocol")]
    [InlineData("ssl.cipher.suites=TLS_MADE_UP", "Invalid value TLS_MADE_UP for configuration ssl.cipher.suites: there is no such cipher suite")]
    [InlineData("ssl.cipher.suites=49195", "there is no such cipher suite")]
    [InlineData("ssl.client.auth=maybe", "String must be one of: required, requested, none")]
    [InlineData("ssl.endpoint.identification.algorithm=LDAPS", "host names are verified as https does")]
    [InlineData("ssl.engine.factory.class=com.example.Engine", "no Java class can be loaded")]
    [InlineData("ssl.keystore.type=BCFKS", "this build reads stores of type JKS, PKCS12 and PEM")]
    [InlineData("ssl.keystore.key=x", "need type PEM")]
    [InlineData("ssl.keystore.type=PEM|ssl.keystore.key=x", "ssl.keystore.certificate.chain is missing")]
    [InlineData("ssl.keystore.type=PEM|ssl.keystore.certificate.chain=x", "ssl.keystore.key is missing")]
    [InlineData("ssl.keystore.type=PEM|ssl.keystore.key=x|ssl.keystore.certificate.chain=y|ssl.keystore.location=/f", "exclude each other")]
    [InlineData("ssl.keystore.type=PEM|ssl.keystore.location=/f|ssl.keystore.password=secret", "no password but that of the key")]
    [InlineData("ssl.keystore.password=secret", "ssl.keystore.location is missing")]
    [InlineData("ssl.keystore.location=/f", "ssl.keystore.password is missing")]
    [InlineData("ssl.truststore.type=PEM|ssl.truststore.certificates=x|ssl.truststore.password=secret", "PEM has no password")]
    public void What_cannot_be_is_refused_in_one_sentence_without_secrets(string lines, string fragment)
    {
        var refused = Assert.Throws<TlsSettingException>(() => Read(lines));
        Assert.Contains(fragment, refused.Message);
        Assert.DoesNotContain("secret", refused.Message);
    }

    [Theory]
    [InlineData("RSA")]
    [InlineData("encrypted RSA")]
    public void Pem_is_taken_from_the_settings_themselves(string kind)
    {
        using var key = Own.GetRSAPrivateKey()!;
        var pem = kind == "RSA"
            ? key.ExportPkcs8PrivateKeyPem()
            : key.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000));
        var settings = TlsSettings.Read(name => name switch
        {
            "ssl.keystore.type" or "ssl.truststore.type" => "PEM",
            "ssl.keystore.key" => pem,
            "ssl.key.password" when kind != "RSA" => "secret",
            "ssl.keystore.certificate.chain" or "ssl.truststore.certificates" => Own.ExportCertificatePem(),
            _ => null,
        });

        var context = TlsContext.Load(settings, _files);

        Assert.Equal(Own.Thumbprint, context.Server!.ServerCertificateContext!.TargetCertificate.Thumbprint);
        Assert.Equal(Own.Thumbprint, Assert.Single(context.Client("h").CertificateChainPolicy!.CustomTrustStore).Thumbprint);
    }

    [Fact]
    public void A_store_in_a_file_is_read_under_either_of_javas_types()
    {
        Write("/own.p12", Own.Export(X509ContentType.Pkcs12, "secret"));

        foreach (var type in new[] { "JKS", "PKCS12" })
        {
            var settings = Read($"ssl.keystore.type={type}|ssl.keystore.location=/own.p12|ssl.keystore.password=secret");
            Assert.NotNull(TlsContext.Load(settings, _files).Server);
        }
    }

    [Theory]
    [InlineData("ssl.keystore.location=/gone.p12|ssl.keystore.password=secret", "ssl.keystore.location", "/gone.p12")]
    [InlineData("ssl.keystore.location=/own.p12|ssl.keystore.password=wrong", "ssl.keystore.location", "password is wrong")]
    [InlineData("ssl.keystore.location=/garbled|ssl.keystore.password=secret", "ssl.keystore.location", "it is no store of type JKS")]
    [InlineData("ssl.keystore.location=/empty.pem|ssl.keystore.type=PEM", "ssl.keystore.location", "it holds no private key")]
    [InlineData("ssl.truststore.location=/empty.pem|ssl.truststore.type=PEM", "ssl.truststore.location", "it holds no certificate")]
    [InlineData("ssl.truststore.type=PEM|ssl.truststore.certificates=garbled", "ssl.truststore.certificates", "it holds no certificate")]
    public void A_store_that_cannot_be_used_is_named_with_its_file(string lines, string key, string fragment)
    {
        Write("/own.p12", Own.Export(X509ContentType.Pkcs12, "secret"));
        Write("/garbled", Encoding.UTF8.GetBytes(new string('x', 400)));
        Write("/empty.pem", []);

        var refused = Assert.Throws<TlsSettingException>(() => TlsContext.Load(Read(lines), _files));

        Assert.Equal(key, refused.Key);
        Assert.Contains(fragment, refused.Message);
        Assert.DoesNotContain("secret", refused.Message);
    }

    private static TlsSettings Read(string lines)
    {
        var properties = lines.Split('|').Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        return TlsSettings.Read(properties.GetValueOrDefault);
    }

    private void Write(string path, byte[] content)
    {
        using var file = _files.Open(path, FileOpenMode.Truncate);
        file.Write(content, 0);
    }
}
