using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.ZooKeeper;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Tools.Tests.ZooKeeperAccess;

/// <summary><c>zookeeper-security-migration.sh</c>, against what Kafka 3.9.2 was recorded to print and to leave.</summary>
public sealed class SecurityMigrationTests : IDisposable
{
    private const string Warning =
        "Warning: The following secure root paths do not exist in ZooKeeper: /migration\n"
        + "That might be due to an incorrect chroot is specified when executing the command.\n";

    private readonly ScratchDirectory _scratch = new();
    private readonly ManualTime _time = new();
    private readonly InMemoryZooKeeper _zooKeeper;

    public SecurityMigrationTests()
    {
        _zooKeeper = new(_time);
        foreach (var path in new[]
        {
            "/admin/delete_topics", "/brokers/ids", "/cluster/id", "/config/users/alice", "/config/topics/t", "/controller",
            "/controller_epoch", "/isr_change_notification", "/latest_producer_id_block", "/log_dir_event_notification",
            "/delegation_token/tokens/t", "/feature", "/kafka-acl/Topic", "/kafka-acl-changes", "/kafka-acl-extended/prefixed",
            "/kafka-acl-extended-changes", "/consumers/g",
        })
        {
            _zooKeeper.Put(path, "");
        }
    }

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Secure_closes_what_is_Kafkas_and_unsecure_opens_it_again()
    {
        var secured = Run("secure");
        Assert.Equal((0, Warning, ""), (secured.ExitCode, secured.Output, secured.Error));
        foreach (var path in new[] { "/", "/admin", "/brokers/ids", "/config", "/config/topics/t", "/kafka-acl-extended/prefixed" })
        {
            Assert.Equal(2, _zooKeeper.Acl(path)!.Count);
            Assert.Contains(_zooKeeper.Acl(path)!, acl => acl is { Scheme: "world", Id: "anyone", Permissions: ZnodePermissions.Read });
        }

        foreach (var path in new[] { "/config/users", "/config/users/alice", "/delegation_token/tokens/t" })
        {
            Assert.DoesNotContain(_zooKeeper.Acl(path)!, acl => acl.Scheme == "world");
        }

        Assert.Equal(ZnodeAcl.OpenAclUnsafe, _zooKeeper.Acl("/consumers/g"));
        var opened = Run("unsecure");
        Assert.Equal((0, Warning), (opened.ExitCode, opened.Output));
        Assert.All(_zooKeeper.Paths, path => Assert.Equal(ZnodeAcl.OpenAclUnsafe, _zooKeeper.Acl(path)));
    }

    [Fact]
    public void The_paths_are_looked_at_before_any_ACL_is_changed()
    {
        var run = Run("secure", "--enable.path.check");
        Assert.Equal((1, Warning + "Exit the command.\n"), (run.ExitCode, run.Output));
        Assert.Equal(ZnodeAcl.OpenAclUnsafe, _zooKeeper.Acl("/"));
        _zooKeeper.Put("/migration", "");
        Assert.Equal((0, ""), (Run("secure", "--enable.path.check").ExitCode, Run("secure", "--enable.path.check").Output));
    }

    [Fact]
    public void Without_proof_of_who_this_is_nothing_is_changed()
    {
        var none = ToolRun.Of("zookeeper-security-migration", "--zookeeper.acl", "secure");
        Assert.Equal(1, none.ExitCode);
        Assert.StartsWith(
            "ERROR: No JAAS configuration file has been specified and no TLS client certificate has been specified. Please make sure that "
            + "you set the system property java.security.auth.login.config or provide a ZooKeeper client TLS configuration via "
            + "--zk-tls-config-file <filename> identifying at least zookeeper.ssl.client.enable, zookeeper.clientCnxnSocket, and "
            + "zookeeper.ssl.keystore.location\njava.lang.IllegalArgumentException: Incorrect configuration",
            none.Error,
            StringComparison.Ordinal);

        var other = RunWith("Other { };", "secure");
        Assert.Equal(1, other.ExitCode);
        Assert.StartsWith("ERROR: Security isn't enabled, most likely the file isn't set properly: ", other.Output, StringComparison.Ordinal);
        Assert.StartsWith("java.lang.IllegalArgumentException: Incorrect configuration", other.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("Secure")]
    public void What_is_neither_secure_nor_unsecure_gets_help(string acl)
    {
        var run = Run(acl);
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("ZooKeeper Migration Tool Help.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_for_TLS_that_Kafka_would_ignore_is_refused()
    {
        File.WriteAllText(_scratch.File("tls"), "zookeeper.ssl.client.enable=true\n");
        var run = Run("secure", "--zk-tls-config-file", _scratch.File("tls"));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("needs zookeeper.clientCnxnSocket=org.apache.zookeeper.ClientCnxnSocketNetty", run.Error, StringComparison.Ordinal);
    }

    private ToolRun Run(string acl, params string[] words) =>
        RunWith("Client { org.apache.zookeeper.server.auth.DigestLoginModule required username=\"kafka\" password=\"secret\"; };", acl, words);

    private ToolRun RunWith(string jaas, string acl, params string[] words)
    {
        File.WriteAllText(_scratch.File("jaas.conf"), jaas);
        return ToolRun.Against(
            _zooKeeper,
            _time,
            "",
            ["zookeeper-security-migration", "--zookeeper.acl", acl, .. words],
            new Dictionary<string, string> { ["java.security.auth.login.config"] = _scratch.File("jaas.conf") });
    }
}
