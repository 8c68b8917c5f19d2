using System.Text.RegularExpressions;
using ClassicBroker.Metadata.Passwords;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Tools.Tests.Configs;

/// <summary>Passwords of brokers that kafka-configs.sh writes to ZooKeeper itself, against recordings of Kafka 3.9.2.</summary>
public sealed partial class EncodedPasswordTests
{
    private const string Broker = "/config/brokers/0";
    private const string Key = "listener.name.secure.ssl.keystore.password";

    private readonly ManualTime _time = new();
    private readonly InMemoryZooKeeper _zooKeeper;

    public EncodedPasswordTests()
    {
        _zooKeeper = new InMemoryZooKeeper(_time);
        _zooKeeper.Put("/config/changes", "");
        _zooKeeper.Put("/brokers/ids", "");
    }

    [Fact]
    public void The_commands_of_a_session_do_as_recorded()
    {
        Replay("001");
        Assert.Null(_zooKeeper.Text(Broker));

        Replay("002");
        Assert.Equal("golden", Decoded(Stored()[Key]));
        Replay("003");

        Replay("004");
        Assert.Equal([Key], Stored().Keys);
        Assert.Equal("golden", Decoded(Stored()[Key]));
        Assert.Contains("keyFactoryAlgorithm:PBKDF2WithHmacSHA512,cipherAlgorithm:AES/GCM/NoPadding", Stored()[Key]);
        Assert.Contains(",iterations:1024,", Stored()[Key]);

        Replay("005");
        Assert.Null(_zooKeeper.Text("/config/brokers/<default>"));

        Replay("006");
        Assert.Equal([Key, "log.cleaner.threads"], Stored().Keys);
        Replay("007");
        Assert.Equal("""{"version":1,"config":{}}""", _zooKeeper.Text(Broker));

        _zooKeeper.Put("/brokers/ids/0", "");
        Replay("009");
        Replay("010");
        Assert.Empty(Stored());
    }

    [Theory]
    [InlineData("ssl.keystore.password=p", "These security configs can be dynamically updated only per-listener using the listener prefix")]
    [InlineData("delegation.token.secret.key=p", "Cannot update these configs dynamically")]
    public void A_secret_that_cannot_be_encoded_is_not_stored_either(string config, string reason)
    {
        var run = Run("--alter", "--entity-type", "brokers", "--entity-name", "0", "--add-config", $"{config},password.encoder.secret=s");
        Assert.Equal(1, run.ExitCode);
        Assert.EndsWith($"{reason}: Set({config.Split('=')[0]})\n", run.Error, StringComparison.Ordinal);
        Assert.Null(_zooKeeper.Text(Broker));
    }

    [Theory]
    [InlineData("cipher.algorithm=none")]
    [InlineData("iterations=many")]
    [InlineData("iterations=0")]
    [InlineData("key.length=100")]
    public void An_encoding_that_there_is_not_stores_nothing(string setting)
    {
        var run = Run(
            "--alter", "--entity-type", "brokers", "--entity-name", "0",
            "--add-config", $"{Key}=golden,password.encoder.secret=s,password.encoder.{setting}");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($" for configuration password.encoder.{setting.Split('=')[0]}: ", run.Error, StringComparison.Ordinal);
        Assert.Null(_zooKeeper.Text(Broker));
    }

    [Fact]
    public void What_all_brokers_can_have_needs_no_broker_id()
    {
        const string Configs = "listener.name.secure.max.connections=5,log.cleaner.threads=2,password.encoder.secret=s";
        Assert.Equal(0, Run("--alter", "--entity-type", "brokers", "--entity-default", "--add-config", Configs).ExitCode);
        Assert.Equal(
            ["listener.name.secure.max.connections", "log.cleaner.threads"], Stored("/config/brokers/<default>").Keys);
        var refused = Run("--alter", "--entity-type", "brokers", "--entity-default", "--add-config", "sasl.enabled.mechanisms=PLAIN,a=b");
        Assert.EndsWith("broker id must be specified: Set(sasl.enabled.mechanisms)\n", refused.Error, StringComparison.Ordinal);
    }

    private static string Decoded(string encoded) =>
        new PasswordEncoder("zk-secret", new PasswordEncoding(), new SeededRandomSource(1)).Decode(encoded);

    private SortedDictionary<string, string> Stored(string path = Broker) =>
        ConfigEntityZnode.Decode(path, System.Text.Encoding.UTF8.GetBytes(_zooKeeper.Text(path)!));

    private ToolRun Run(params string[] words) => ToolRun.Against(_zooKeeper, _time, ["kafka-configs", "--zookeeper", "ZOOKEEPER", .. words]);

    private void Replay(string number)
    {
        var recorded = Recording().Match(File.ReadAllText(ToolRun.Golden($"encoded/{number}-kafka-configs.txt")));
        var run = ToolRun.Against(_zooKeeper, _time, ["kafka-configs", .. recorded.Groups["words"].Value.Split(' ')]);
        Assert.Equal(
            Told(recorded.Groups["code"].Value, recorded.Groups["out"].Value, WithoutSecrets(LogLine().Replace(recorded.Groups["err"].Value, ""))),
            Told($"{run.ExitCode}", run.Output, run.Error));

        string Told(string code, string output, string error) =>
            $"{number}: exit {code}\n{Drawn().Replace(output, "$1:…")}\n{error}".TrimEnd();
    }

    /// <summary>What we print where Kafka prints a secret: in the list of configs each value, in a command the rest of its word.</summary>
    private static string WithoutSecrets(string error) =>
        error.Contains(" with args '", StringComparison.Ordinal)
            ? error.Replace("=golden,password.encoder.secret=zk-secret'", "=[hidden]'", StringComparison.Ordinal)
            : error.Replace("=golden", "=[hidden]", StringComparison.Ordinal).Replace("=zk-secret", "=[hidden]", StringComparison.Ordinal);

    [GeneratedRegex(@"^\$ kafka-configs\.sh (?<words>.*)\n\[exit (?<code>\d+)\]\n\[stdout\]\n(?<out>(.|\n)*)\n\[stderr\]\n(?<err>(.|\n)*)$")]
    private static partial Regex Recording();

    /// <summary>What Kafka's tools log beside their answers.</summary>
    [GeneratedRegex(@"^\[\d{4}-.*\n", RegexOptions.Multiline)]
    private static partial Regex LogLine();

    /// <summary>What is another each time.</summary>
    [GeneratedRegex(@"(initializationVector|salt|encryptedPassword):[^,\n]+")]
    private static partial Regex Drawn();
}
