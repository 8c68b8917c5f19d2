using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Transport;

namespace ClassicBroker.Transport.Tests;

/// <summary>Self-signed certificates for a few minutes.</summary>
internal static class TestCertificate
{
    public static X509Certificate2 Create(string subject, string? host = null, DateTimeOffset? expires = null)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        if (host is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(host);
            request.CertificateExtensions.Add(names.Build());
        }

        var end = expires ?? DateTimeOffset.UtcNow.AddHours(1);
        return request.CreateSelfSigned(end.AddDays(-2), end);
    }

    /// <summary>A store with a key of its own, which also serves as the trust anchor of its certificate.</summary>
    public static KeyStore Store(string subject, string? host = null, DateTimeOffset? expires = null)
    {
        using var certificate = Create(subject, host, expires);
        return KeyStore.Parse(certificate.Export(X509ContentType.Pkcs12, "secret"), "secret", null);
    }
}
