using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.ZooKeeper;
using ClassicBroker.Transport;
using ClassicBroker.ZooKeeper.Server.Tests.Conformance;

namespace ClassicBroker.ZooKeeper.Server.Tests.Interchange;

/// <summary>TLS against Apache ZooKeeper's secure port.</summary>
public sealed class TlsTests : IDisposable
{
    private const string StorePassword = "changeit";

    private readonly ScratchDirectory _scratch = new();
    private readonly X509Certificate2 _certificate = NewCertificate();

    [Fact]
    public async Task Session_runs_over_tls_to_a_server_that_is_trusted_and_to_no_other()
    {
        var securePort = LoopbackPorts.Next();
        await using var node = new RealZooKeeperNode(_scratch.Path, LoopbackPorts.Next(), SecureLines(securePort));
        await node.StartAsync();
        await using var client = await TestClient.ConnectAsync($"127.0.0.1:{securePort}", tls: host => Handler(host, KeyStore.ParsePem(_certificate.ExportCertificatePem(), null)));
        var data = new byte[500_000];
        await client.ZooKeeper.CreateAsync("/tls", data, ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent);
        Assert.Equal(data, (await client.ZooKeeper.GetDataAsync("/tls", watch: false)).Data);

        await using var wary = new TestClient($"127.0.0.1:{securePort}", tls: host => Handler(host, KeyStore.ParsePem(NewCertificate().ExportCertificatePem(), null)));
        await Assert.ThrowsAsync<ConnectionLossException>(() => wary.ZooKeeper.ExistsAsync("/tls", watch: false));
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _scratch.Dispose();
    }

    private static TlsHandler Handler(string host, KeyStore trusted) => new(TlsOptions.Client(host, trusted, null, verifyHost: true), TimeSpan.FromSeconds(10));

    private static X509Certificate2 NewCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private string[] SecureLines(int securePort)
    {
        var store = _scratch.File("server.p12");
        File.WriteAllBytes(store, _certificate.Export(X509ContentType.Pkcs12, StorePassword));
        return
        [
            $"secureClientPort={securePort}", "secureClientPortAddress=127.0.0.1", "serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory",
            $"ssl.keyStore.location={store}", $"ssl.keyStore.password={StorePassword}", "ssl.keyStore.type=PKCS12", "ssl.clientAuth=none",
        ];
    }
}
