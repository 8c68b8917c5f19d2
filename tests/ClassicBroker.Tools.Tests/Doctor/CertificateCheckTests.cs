using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Tools.Doctor;

namespace ClassicBroker.Tools.Tests.Doctor;

/// <summary>How long the certificates of a properties file are valid.</summary>
public sealed class CertificateCheckTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(-400, -1, Severity.Critical, "expired on 2026-05-31")]
    [InlineData(-1, 29, Severity.Warning, "expires on 2026-06-30, in 29 days")]
    [InlineData(-1, 31, Severity.Good, "valid until 2026-07-02")]
    [InlineData(2, 400, Severity.Critical, "valid from 2026-06-03 only")]
    public void Validity_is_judged_by_the_clock(int fromDays, int untilDays, object severity, string text)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=broker", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(Now.AddDays(fromDays), Now.AddDays(untilDays));
        var finding = CertificateCheck.Judge("ssl.keystore", certificate, Now);
        Assert.Equal(severity, finding.Severity);
        Assert.Contains(text, finding.Text);
    }

    [Fact]
    public void A_store_that_is_not_there_is_critical_and_named_by_its_listener()
    {
        var finding = Assert.Single(CertificateCheck.Run(
            ToolRun.HostWith(TextWriter.Null),
            new Dictionary<string, string>
            {
                ["listener.name.external.ssl.keystore.location"] = "/nowhere/store.jks",
                ["ssl.keystore.password"] = "secret",
            }));
        Assert.Equal((Severity.Critical, "listener.name.external.ssl.keystore"), (finding.Severity, finding.Subject));
        Assert.Contains("/nowhere/store.jks", finding.Text);
        Assert.DoesNotContain("secret", finding.Text);
    }
}
