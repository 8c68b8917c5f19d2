using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Security;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Security;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Server.Tests.Security;

/// <summary>Which certificates may follow on another at an open listener, and which brokers would believe, as a recorded Kafka has it.</summary>
public sealed class CertificateChangeTests : IDisposable
{
    private const string Subject = "CN=broker, O=golden";
    private const string Untrusted = "can't connect to a server SSLEngine created with those settings.";
    private const string Failed = "Invalid value org.apache.kafka.common.config.ConfigException: Validation of dynamic config update of SSLFactory "
        + "failed: org.apache.kafka.common.config.ConfigException: ";

    private static readonly string[] Hosts = ["localhost", "127.0.0.1"];

    private readonly ManualTime _time = new();
    private readonly SimulatedFileSystem _files;
    private readonly TestAuthority _authority = new("golden ca");
    private readonly TestAuthority _foreign = new("foreign ca");

    public CertificateChangeTests()
    {
        _files = new SimulatedFileSystem(_time, new SeededRandomSource(1));
        Issue("/broker.p12", Subject, Hosts);
        Write("/ca.pem", System.Text.Encoding.ASCII.GetBytes(_authority.CertificatePem));
        Write("/foreign.pem", System.Text.Encoding.ASCII.GetBytes(_foreign.CertificatePem));
    }

    public void Dispose()
    {
        _authority.Dispose();
        _foreign.Dispose();
    }

    [Theory]
    [InlineData(Subject, "localhost 127.0.0.1", "", null)]
    [InlineData(Subject, "localhost 127.0.0.1 more.example", "", null)]
    [InlineData(
        "CN=renamed, O=golden",
        "localhost 127.0.0.1",
        "ssl.allow.san.changes=true",
        "Keystore DistinguishedName does not match:  existing={alias=, DN=CN=broker, O=golden}, new={alias=, DN=CN=renamed, O=golden}")]
    [InlineData("O=golden, CN=broker", "localhost 127.0.0.1", "", "Keystore DistinguishedName does not match: ")]
    [InlineData("CN=renamed, O=golden", "localhost 127.0.0.1", "ssl.allow.dn.changes=true", null)]
    [InlineData("CN=renamed, O=golden", "localhost 127.0.0.1", "listener.name.ssl.ssl.allow.dn.changes=true", null)]
    [InlineData(
        Subject,
        "127.0.0.1",
        "ssl.allow.dn.changes=true",
        "Keystore SubjectAltNames do not match:  existing={alias=, SAN=[[2, localhost], [7, 127.0.0.1]]}, new={alias=, SAN=[[7, 127.0.0.1]]}")]
    [InlineData(Subject, "127.0.0.1", "listener.name.ssl.ssl.allow.san.changes=true", null)]
    public void Names_stay_unless_their_change_is_allowed(string subject, string hosts, string allowed, string? refusal)
    {
        var tls = Start(Outer(allowed));
        Issue("/next.p12", subject, hosts.Split(' '));
        var next = Outer(allowed, "ssl.keystore.location=/next.p12");
        if (refusal is null)
        {
            tls.Check(next);
        }
        else
        {
            var message = Assert.Throws<ConfigException>(() => tls.Check(next)).Message;
            Assert.StartsWith(Failed + refusal, message, StringComparison.Ordinal);
            Assert.EndsWith(" for configuration Invalid dynamic configuration", message, StringComparison.Ordinal);
        }

        tls.Reload(next);
        Assert.Equal(refusal is null ? Expiry("/next.p12") : Expiry("/broker.p12"), Assert.Single(tls.CertificateExpiries).Expiry);
    }

    [Fact]
    public void A_name_that_came_later_is_not_left_out_again()
    {
        var tls = Start(Outer());
        Issue("/more.p12", Subject, [.. Hosts, "more.example"]);
        tls.Reload(Outer("ssl.keystore.location=/more.p12"));
        Assert.Contains("[2, more.example]", Assert.Throws<ConfigException>(() => tls.Check(Outer())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_that_ZooKeeper_has_at_the_start_may_name_another_certificate()
    {
        var tls = Start(Outer());
        Issue("/next.p12", "CN=renamed");
        tls.Begin(Outer("ssl.keystore.location=/next.p12"));
        Assert.Equal(Expiry("/next.p12"), Assert.Single(tls.CertificateExpiries).Expiry);
    }

    [Fact]
    public void Stores_are_read_again_where_they_were_written_and_not_for_other_changes()
    {
        var tls = Start(Outer());
        _files.DeleteFile("/broker.p12");
        tls.Check(Outer("num.io.threads=9"));
        Assert.Throws<ConfigException>(() => tls.Check(Outer("ssl.client.auth=requested")));

        Issue("/broker.p12", "CN=renamed");
        Assert.Throws<ConfigException>(() => tls.Check(Outer("num.io.threads=9")));
        Issue("/broker.p12", Subject, Hosts);
        tls.Reload(Outer("num.io.threads=9"));
        Assert.Equal(Expiry("/broker.p12"), Assert.Single(tls.CertificateExpiries).Expiry);
    }

    [Theory]
    [InlineData("ssl.truststore.location=/foreign.pem", "leads to no authority that is trusted here")]
    [InlineData("ssl.truststore.location=\nssl.truststore.type=JKS", "leads to no authority that is trusted here")]
    [InlineData("ssl.keystore.location=/expired.p12", "has expired or is not valid yet")]
    public void A_broker_that_would_not_believe_itself_does_not_start(string lines, string fault)
    {
        using var expired = _authority.IssueDated(Subject, TimeSpan.FromHours(-2), TimeSpan.FromHours(-1));
        Write("/expired.p12", expired.Export(X509ContentType.Pkcs12, "golden"));
        var refused = Assert.Throws<ConfigException>(() => Start(Among(lines.Split('\n')))).Message;
        Assert.Contains(fault, refused, StringComparison.Ordinal);
        Assert.Contains(Untrusted, refused, StringComparison.Ordinal);

        // Where brokers do not meet, it is for the clients to judge.
        Start(Outer(lines.Split('\n')));
    }

    [Fact]
    public void A_change_after_which_brokers_would_not_believe_each_other_is_refused()
    {
        var tls = Start(Among());
        Issue("/renewed.p12", Subject, Hosts);
        tls.Check(Among("ssl.keystore.location=/renewed.p12"));
        using var certificate = _foreign.Issue(Subject, Hosts);
        Write("/foreign.p12", certificate.Export(X509ContentType.Pkcs12, "golden"));
        foreach (var change in new[] { "ssl.keystore.location=/foreign.p12", "ssl.truststore.location=/foreign.pem" })
        {
            Assert.Contains(Untrusted, Assert.Throws<ConfigException>(() => tls.Check(Among(change))).Message, StringComparison.Ordinal);
        }

        Assert.Contains(
            Untrusted,
            Assert.Throws<ConfigException>(
                () => tls.Check(Among("ssl.keystore.location=/foreign.p12", "ssl.truststore.location=/foreign.pem"))).Message,
            StringComparison.Ordinal);
    }

    /// <summary>A listener for clients beside that of the brokers.</summary>
    private static KafkaConfig Outer(params string[] lines) => Config(["listeners=SSL://h:1,PLAINTEXT://h:2", .. lines]);

    private static KafkaConfig Among(params string[] lines) => Config(["listeners=SSL://h:1", "security.inter.broker.protocol=SSL", .. lines]);

    private static KafkaConfig Config(string[] lines) =>
        KafkaConfig.From(
            JavaProperties.Parse(
                "zookeeper.connect=zk:1\nssl.keystore.location=/broker.p12\nssl.keystore.password=golden\nssl.truststore.location=/ca.pem\n"
                + "ssl.truststore.type=PEM\n" + string.Join('\n', lines)),
            "host.example");

    private BrokerTls Start(KafkaConfig config) => new(config, _files, NullLogger<BrokerTls>.Instance);

    private void Issue(string path, string subject, params string[] hosts)
    {
        using var certificate = _authority.Issue(subject, hosts);
        Write(path, certificate.Export(X509ContentType.Pkcs12, "golden"));
    }

    private DateTimeOffset Expiry(string path)
    {
        using var file = _files.Open(path, FileOpenMode.Read);
        var bytes = new byte[file.Length];
        file.Read(bytes, 0);
        using var certificate = X509CertificateLoader.LoadPkcs12(bytes, "golden");
        return certificate.NotAfter;
    }

    private void Write(string path, byte[] content)
    {
        _time.AdvanceMs(1000);
        using var file = _files.Open(path, FileOpenMode.Truncate);
        file.Write(content, 0);
    }
}
