using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ClassicBroker.Testing.Security;

/// <summary>An authority of one test: signs certificates that are good for a day.</summary>
public sealed class TestAuthority : IDisposable
{
    private readonly X509Certificate2 _certificate;
    private int _issued;

    /// <summary>An authority of its own, or one that <paramref name="parent"/> stands for.</summary>
    public TestAuthority(string name, TestAuthority? parent = null)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _certificate = parent is null
            ? request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1))
            : parent.Sign(request, key);
    }

    public string CertificatePem => _certificate.ExportCertificatePem();

    /// <summary>A certificate with its private key, for the host names and addresses given.</summary>
    public X509Certificate2 Issue(string subject, params string[] hosts)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, false));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, true, false));
        if (hosts.Length > 0)
        {
            request.CertificateExtensions.Add(Names(hosts));
        }

        return Sign(request, key);
    }

    /// <summary>A certificate that is good from one time to another, both reckoned from now.</summary>
    public X509Certificate2 IssueDated(string subject, TimeSpan from, TimeSpan to)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var now = DateTimeOffset.UtcNow;
        using var signer = _certificate.GetRSAPrivateKey()!;
        using var issued = request.Create(
            _certificate.SubjectName,
            X509SignatureGenerator.CreateForRSA(signer, RSASignaturePadding.Pkcs1),
            now + from,
            now + to,
            BitConverter.GetBytes(++_issued));
        return issued.CopyWithPrivateKey(key);
    }

    public void Dispose() => _certificate.Dispose();

    private X509Certificate2 Sign(CertificateRequest request, RSA key)
    {
        // Each ends a second before the last one, by which they can be told from one another.
        var notAfter = _certificate.NotAfter.AddSeconds(-++_issued);
        using var issued = request.Create(_certificate, _certificate.NotBefore, notAfter, BitConverter.GetBytes(_issued));
        return issued.CopyWithPrivateKey(key);
    }

    private static X509Extension Names(string[] hosts)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(host);
            }
        }

        return names.Build();
    }
}
