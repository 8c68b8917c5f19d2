using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Security;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Security;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Server.Tests.Security;

public sealed class ZooKeeperLoginTests
{
    private const string Digest = "org.apache.zookeeper.server.auth.DigestLoginModule required username=\"kafka\" password=\"zk-secret\";";

    private FakeKerberos _kerberos = new();
    private readonly SimulatedFileSystem _files = new(new ManualTime(), new SeededRandomSource(1));

    [Fact]
    public void The_login_is_the_context_Client_of_the_JAAS_file()
    {
        Write($"Client {{ {Digest} }};");
        Assert.Equal(new SaslCredentials("kafka", "zk-secret"), Read("zookeeper.set.acl=true"));
    }

    [Fact]
    public void Another_context_may_be_named_and_the_login_be_turned_off()
    {
        Write($"Quorum {{ {Digest} }};");
        Assert.Equal("kafka", Assert.IsType<SaslCredentials>(Read("", ("zookeeper.sasl.clientconfig", "Quorum"))).User);
        Assert.Null(Read("", ("zookeeper.sasl.clientconfig", "Quorum"), ("zookeeper.sasl.client", "false")));
        Assert.Null(Read(""));
    }

    [Fact]
    public void Secure_znodes_without_a_login_are_refused_in_Kafkas_words()
    {
        Write("KafkaServer { };");
        var refused = Assert.Throws<ConfigException>(() => Read("zookeeper.set.acl=true"));
        Assert.Equal(
            "zookeeper.set.acl is true, but ZooKeeper client TLS configuration identifying at least zookeeper.ssl.client.enable, "
            + "zookeeper.clientCnxnSocket, and zookeeper.ssl.keystore.location was not present and the verification of the JAAS login file "
            + "failed [java.security.auth.login.config=/jaas.conf, zookeeper.sasl.client=default:true, "
            + "zookeeper.sasl.clientconfig=default:Client]",
            refused.Message);
        Assert.Null(Read("zookeeper.set.acl=true\nzookeeper.ssl.client.enable=true\nzookeeper.ssl.keystore.location=/own.p12"));
    }

    [Fact]
    public void A_module_that_is_not_here_is_refused_without_its_secrets()
    {
        Write("Client { com.sun.security.auth.module.LdapLoginModule required password=\"zk-secret\"; };");
        var refused = Assert.Throws<ConfigException>(() => Read(""));
        Assert.Contains("it names com.sun.security.auth.module.LdapLoginModule", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("zk-secret", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_Kerberos_principal_logs_in_at_the_service_that_is_named()
    {
        Write("Client { com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true keyTab=\"/k\" principal=\"kafka/h\"; };");
        var login = Assert.IsType<KerberosLogin>(Read("zookeeper.set.acl=true"));
        Assert.Equal(("kafka/h", "/k", "zookeeper"), (login.Credential.Principal, login.Credential.KeyTab, login.Service));
        Assert.Equal("zk", Assert.IsType<KerberosLogin>(Read("", ("zookeeper.sasl.client.username", "zk"))).Service);
    }

    [Theory]
    [InlineData("com.sun.security.auth.module.Krb5LoginModule required;", "has neither useKeyTab=true nor useTicketCache=true")]
    [InlineData("org.apache.zookeeper.server.auth.DigestLoginModule required username=\"kafka\";", "has no username and password")]
    public void A_module_without_what_it_needs_is_refused(string module, string reason)
    {
        Write($"Client {{ {module} }};");
        Assert.Contains(reason, Assert.Throws<ConfigException>(() => Read("")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_Kerberos_there_is_no_login_by_it()
    {
        Write("Client { com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true keyTab=\"/k\" principal=\"kafka/h\"; };");
        _kerberos = new FakeKerberos { Missing = "libgssapi_krb5.so.2 is not there" };
        Assert.Contains("libgssapi_krb5.so.2 is not there", Assert.Throws<ConfigException>(() => Read("")).Message, StringComparison.Ordinal);
    }

    private SaslLogin? Read(string lines, params (string Name, string Value)[] more)
    {
        var properties = new Dictionary<string, string> { ["java.security.auth.login.config"] = "/jaas.conf" };
        foreach (var (name, value) in more)
        {
            properties[name] = value;
        }

        return ZooKeeperLogin.Read(KafkaConfig.From(JavaProperties.Parse("zookeeper.connect=zk:1\n" + lines), "host.example"), _files, properties, _kerberos);
    }

    private void Write(string text)
    {
        using var file = _files.Open("/jaas.conf", FileOpenMode.Truncate);
        file.Write(Encoding.UTF8.GetBytes(text), 0);
    }
}
