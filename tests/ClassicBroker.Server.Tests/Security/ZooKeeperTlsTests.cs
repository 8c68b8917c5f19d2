using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Security;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Security;
using ClassicBroker.Transport;

namespace ClassicBroker.Server.Tests.Security;

public sealed class ZooKeeperTlsTests
{
    private readonly SimulatedFileSystem _files = new(new ManualTime(), new SeededRandomSource(1));

    public ZooKeeperTlsTests()
    {
        using var authority = new TestAuthority("Test authority");
        using var own = authority.Issue("CN=broker");
        Write("/ca.pem", System.Text.Encoding.ASCII.GetBytes(authority.CertificatePem));
        Write("/own.p12", own.Export(X509ContentType.Pkcs12, "secret"));
    }

    [Fact]
    public void Unless_it_is_enabled_ZooKeeper_is_spoken_to_in_plaintext() =>
        Assert.Null(HandlerFor("zookeeper.ssl.truststore.location=/gone.jks"));

    [Fact]
    public void Types_are_guessed_from_file_names() =>
        Assert.IsType<TlsHandler>(HandlerFor(
            "zookeeper.ssl.client.enable=true",
            "zookeeper.ssl.truststore.location=/ca.pem",
            "zookeeper.ssl.keystore.location=/own.p12",
            "zookeeper.ssl.keystore.password=secret")!("zk.example"));

    [Theory]
    [InlineData("zookeeper.ssl.truststore.location=/gone.jks", "Invalid value /gone.jks for configuration zookeeper.ssl.truststore.location: ")]
    [InlineData("zookeeper.ssl.keystore.location=/own.p12", "zookeeper.ssl.keystore.location: ssl.keystore.password is missing beside it")]
    [InlineData("zookeeper.ssl.enabled.protocols=SSLv3", "Invalid value SSLv3 for configuration zookeeper.ssl.enabled.protocols: ")]
    [InlineData("zookeeper.ssl.protocol=TLSv1.1", "Invalid value TLSv1.1 for configuration zookeeper.ssl.protocol: ")]
    [InlineData("zookeeper.ssl.crl.enable=true", "zookeeper.ssl.crl.enable: this build does not ask whether certificates are revoked")]
    [InlineData("zookeeper.ssl.ocsp.enable=true", "zookeeper.ssl.ocsp.enable: this build does not ask whether certificates are revoked")]
    public void What_cannot_be_is_refused_under_its_own_key(string line, string fragment) =>
        Assert.Contains(fragment, Assert.Throws<ConfigException>(() => HandlerFor("zookeeper.ssl.client.enable=true", line)).Message);

    private Func<string, TransportHandler>? HandlerFor(params string[] lines) =>
        ZooKeeperTls.HandlerFor(
            KafkaConfig.From(JavaProperties.Parse("zookeeper.connect=zk:1\n" + string.Join('\n', lines)), "host.example"), _files);

    private void Write(string path, byte[] content)
    {
        using var file = _files.Open(path, FileOpenMode.Truncate);
        file.Write(content, 0);
    }
}
