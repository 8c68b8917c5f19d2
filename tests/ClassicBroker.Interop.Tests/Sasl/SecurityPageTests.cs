using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Interop.Tests.Sasl;

/// <summary>The example of SECURITY.md, word for word but for hosts, ports and paths, does what the page says.</summary>
public sealed partial class SecurityPageTests
{
    [Fact]
    public async Task The_example_lets_named_users_in_and_keeps_from_them_what_is_not_theirs()
    {
        using var scratch = new ScratchDirectory();
        using var authority = new TestAuthority("Test authority");
        await File.WriteAllTextAsync(scratch.File("ca.pem"), authority.CertificatePem);
        using var certificate = authority.Issue("CN=broker,O=Test", "localhost");
        await File.WriteAllBytesAsync(scratch.File("broker.p12"), certificate.Export(X509ContentType.Pkcs12, "store-secret"));
        await using var zooKeeper = await new ZooKeeperServerProcess(scratch.File("zookeeper")).StartAsync();
        var blocks = Blocks(scratch, zooKeeper.ConnectString, LoopbackPorts.Next());
        foreach (Match user in UserCommand().Matches(blocks[0]))
        {
            (await Tool("kafka-configs.sh", [.. user.Groups[1].Value.Split(' '), "--add-config", user.Groups[2].Value])).RequireSuccess();
        }

        await File.WriteAllTextAsync(scratch.File("server.properties"), blocks[1]);
        await using var broker = ChildProcess.Start(
            RepositoryLayout.Script("kafka-server-start.sh"), [scratch.File("server.properties")],
            new Dictionary<string, string> { ["LOG_DIR"] = scratch.File("logs") });
        await broker.WaitForAsync("[KafkaServer id=0] started", TimeSpan.FromSeconds(60));

        var bootstrap = AdvertisedAddress().Match(blocks[1]).Groups[1].Value;
        await File.WriteAllTextAsync(scratch.File("app.properties"), blocks[2]);
        await File.WriteAllTextAsync(
            scratch.File("broker.properties"),
            blocks[2].Replace("\"app\"", "\"broker\"", StringComparison.Ordinal).Replace("app-secret", "broker-secret", StringComparison.Ordinal));
        await File.WriteAllTextAsync(scratch.File("wrong.properties"), blocks[2].Replace("app-secret", "guess", StringComparison.Ordinal));
        (await Topics("broker.properties", "--create", "--topic", "orders")).RequireSuccess();

        Assert.Equal("orders", (await Topics("broker.properties", "--list")).RequireSuccess().Text.Trim());
        Assert.Equal("", (await Topics("app.properties", "--list")).RequireSuccess().Text.Trim());
        Assert.NotEqual(0, (await Topics("app.properties", "--create", "--topic", "own")).ExitCode);
        Assert.Contains("Authentication failed", (await Topics("wrong.properties", "--list")).Text, StringComparison.Ordinal);

        Task<CommandOutcome> Topics(string properties, params string[] arguments) =>
            Tool("kafka-topics.sh", ["--bootstrap-server", bootstrap, "--command-config", scratch.File(properties), .. arguments]);
    }

    private static Task<CommandOutcome> Tool(string name, string[] arguments) =>
        ChildProcess.RunAsync(RepositoryLayout.Script(name), arguments);

    /// <summary>The shell commands, the broker's file and a client's, with the hosts and paths of this machine.</summary>
    private static string[] Blocks(ScratchDirectory scratch, string zooKeeper, int port)
    {
        var page = File.ReadAllText(Path.Combine(RepositoryLayout.Root, "SECURITY.md"))
            .Replace("zookeeper.example:2181", zooKeeper, StringComparison.Ordinal)
            .Replace("0.0.0.0:9093", $"127.0.0.1:{port}", StringComparison.Ordinal)
            .Replace("broker.example:9093", $"localhost:{port}", StringComparison.Ordinal)
            .Replace("/var/lib/kafka", scratch.File("data"), StringComparison.Ordinal)
            .Replace("/etc/kafka", scratch.Path, StringComparison.Ordinal);
        return [.. CodeBlock().Matches(page).Select(match => match.Groups[1].Value)];
    }

    [GeneratedRegex("```(?:sh|properties)\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"kafka-configs\.sh (.*?) \\\n  --add-config '(.*?)'")]
    private static partial Regex UserCommand();

    [GeneratedRegex(@"advertised\.listeners=SASL_SSL://(\S+)")]
    private static partial Regex AdvertisedAddress();
}
