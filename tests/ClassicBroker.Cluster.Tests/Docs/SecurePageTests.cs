using System.Diagnostics;
using System.Text.RegularExpressions;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Cluster.Tests.Docs;

/// <summary>docs/secure.md, followed literally against an Apache ZooKeeper, ends with a cluster that is secured.</summary>
public sealed partial class SecurePageTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly DocumentedCommands _page = new("secure.md");

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Who_follows_the_page_has_a_secured_cluster()
    {
        var login = ServerLogin().Match(_page.Text);
        await using var zooKeeper = await RealZooKeeper.StartWithSaslAsync(login.Groups[1].Value, login.Groups[2].Value);
        var port = LoopbackPorts.Next();
        (string, string)[] places =
        [
            ("zookeeper.example:2181", zooKeeper.ConnectString),
            ("0.0.0.0:9093", $"127.0.0.1:{port}"),
            ("broker1.example:9093", $"localhost:{port}"),
            ("broker1.example", "localhost"),
            ("/var/lib/kafka", _scratch.File("data")),
            ("/etc/kafka", _scratch.File("etc")),
        ];
        var environment = new Dictionary<string, string> { ["LOG_DIR"] = _scratch.File("logs") };
        try
        {
            var followed = (await DocumentedCommands.RunAsync(_page.Blocks, places, environment)).RequireSuccess();
            Assert.Contains("the first order", followed.Text, StringComparison.Ordinal);
            await CheckAsync(zooKeeper, $"localhost:{port}");
        }
        finally
        {
            Kill(_scratch.File("etc/server.properties"));
        }
    }

    /// <summary>The application may do what it was given, others nothing, and ZooKeeper tells strangers nothing of the users.</summary>
    private async Task CheckAsync(RealZooKeeper zooKeeper, string bootstrap)
    {
        var billing = _scratch.File("etc/billing.properties");
        var guess = _scratch.File("guess.properties");
        await File.WriteAllTextAsync(guess, (await File.ReadAllTextAsync(billing)).Replace("another-secret", "billing-secret", StringComparison.Ordinal));
        Assert.Equal("orders", (await TopicsAsync(billing, "--list")).RequireSuccess().Text.Trim());
        Assert.NotEqual(0, (await TopicsAsync(billing, "--create", "--topic", "own")).ExitCode);
        Assert.Contains("Authentication failed", (await TopicsAsync(guess, "--list")).Text, StringComparison.Ordinal);
        Assert.Equal("600", (await ChildProcess.RunAsync("/usr/bin/stat", ["-c", "%a", billing])).RequireSuccess().Text.Trim());
        var seen = await zooKeeper.CommandLineAsync("get /config/users/billing", "getAcl /config/users/billing");
        Assert.DoesNotContain("SCRAM", seen.Text, StringComparison.Ordinal);

        Task<CommandOutcome> TopicsAsync(string properties, params string[] arguments) => ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-topics.sh"), ["--bootstrap-server", bootstrap, "--command-config", properties, .. arguments]);
    }

    /// <summary>Ends the broker that the page started as a daemon: the one process that was given this file.</summary>
    private static void Kill(string serverFile)
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _)))
        {
            try
            {
                var words = File.ReadAllText(Path.Combine(directory, "cmdline")).Split('\0');
                if (words[0].EndsWith("/kafka-server", StringComparison.Ordinal) && words.Contains(serverFile))
                {
                    using var broker = Process.GetProcessById(int.Parse(Path.GetFileName(directory)));
                    broker.Kill();
                    broker.WaitForExit(10_000);
                }
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or ArgumentException)
            {
                // The process ended meanwhile, or is another user's.
            }
        }
    }

    [GeneratedRegex("required user_(\\w+)=\"([^\"]+)\"")]
    private static partial Regex ServerLogin();
}
