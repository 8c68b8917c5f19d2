using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.ZooKeeper;
using ClassicBroker.Tools.Configs;

namespace ClassicBroker.Tools.Tests.Configs;

/// <summary>Passwords, secrets and credentials do not come out of a tool again (Kafka's prints them).</summary>
public sealed class HiddenSecretsTests
{
    private readonly ManualTime _time = new();
    private readonly InMemoryZooKeeper _zooKeeper;

    public HiddenSecretsTests()
    {
        _zooKeeper = new InMemoryZooKeeper(_time);
        _zooKeeper.Put("/config/changes", "");
        _zooKeeper.Put("/brokers/ids/0", "");
    }

    [Theory]
    [InlineData("--alter --add-config a=b,c=[d,e]", "--alter --add-config a=b,c=[d,e]")]
    [InlineData("--delete-config SCRAM-SHA-256", "--delete-config SCRAM-SHA-256")]
    [InlineData("--add-config SCRAM-SHA-256=[iterations=8192,password=pw] --user u", "--add-config SCRAM-SHA-256=[hidden] --user u")]
    [InlineData("--add-config SCRAM-SHA-256=[iterations=8192, password=p,w]", "--add-config SCRAM-SHA-256=[hidden] password=[hidden]")]
    [InlineData("--add-config=a=b,ssl.keystore.password=p]w,c=d", "--add-config=a=b,ssl.keystore.password=[hidden]")]
    [InlineData("listener.name.x.plain.sasl.jaas.config=[M", "listener.name.x.plain.sasl.jaas.config=[hidden]")]
    [InlineData("x=[my.Credential=p]", "x=[my.Credential=[hidden]")]
    [InlineData("listener.name.x.ssl.keystore.key=-----BEGIN", "listener.name.x.ssl.keystore.key=[hidden]")]
    public void Command_lines_show_keys_and_no_secret(string words, string shown) =>
        Assert.Equal(shown, HiddenSecrets.CommandLine(words.Split(' ')));

    [Fact]
    public void A_refusal_of_the_tool_shows_no_secret()
    {
        var refused = Run(
            "--alter", "--entity-type", "brokers", "--entity-name", "0",
            "--add-config", "log.cleaner.threads=2,listener.name.x.ssl.key.password=golden,password.encoder.secret=zk-secret");
        Assert.Contains(
            "{add: {log.cleaner.threads=2, listener.name.x.ssl.key.password=[hidden], password.encoder.secret=[hidden]}",
            refused.Error,
            StringComparison.Ordinal);
        var failed = Run(
            "--alter", "--entity-type", "brokers", "--entity-name", "1",
            "--add-config", "a=b,ssl.key.password=golden,password.encoder.secret=zk-secret");
        Assert.StartsWith("Error while executing config command with args '", failed.Error, StringComparison.Ordinal);
        Assert.Contains(" --add-config a=b,ssl.key.password=[hidden]'", failed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("golden", failed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("zk-secret", failed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_ZooKeeper_has_of_a_secret_is_not_described()
    {
        _zooKeeper.Put(
            "/config/users/u",
            """{"version":1,"config":{"SCRAM-SHA-256":"salt=MTIzNA==,stored_key=AQIDBA==,server_key=BAMCAQ==,iterations=8192"}}""");
        _zooKeeper.Put(
            "/config/brokers/1",
            """{"version":1,"config":{"a":"b","listener.name.x.ssl.key.password":"golden","password.encoder.secret":"zk-secret"}}""");
        Assert.EndsWith(
            "Configs for user-principal 'u' are SCRAM-SHA-256=salt=MTIzNA==,stored_key=[hidden],server_key=[hidden],iterations=8192\n",
            Run("--describe", "--entity-type", "users").Output,
            StringComparison.Ordinal);
        Assert.EndsWith(
            "Configs for brokers '1' are a=b,listener.name.x.ssl.key.password=[hidden],password.encoder.secret=[hidden]\n",
            Run("--describe", "--entity-type", "brokers", "--entity-name", "1").Output,
            StringComparison.Ordinal);
        var document = Run("--describe", "--entity-type", "users", "--output", "json").Output;
        Assert.Contains("stored_key=[hidden],server_key=[hidden]", document, StringComparison.Ordinal);
    }

    private ToolRun Run(params string[] words) => ToolRun.Against(_zooKeeper, _time, ["kafka-configs", "--zookeeper", "zk:2181", .. words]);
}
