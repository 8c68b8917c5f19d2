using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Interop.Tests;

/// <summary>A live cluster's znodes in Apache ZooKeeper closed to strangers and opened again, by the tool, with a SASL login.</summary>
public sealed class ZooKeeperSecurityTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task A_cluster_is_secured_and_unsecured_while_it_runs()
    {
        await using var zooKeeper = await RealZooKeeper.StartWithSaslAsync("kafka", "s3cret");
        await using var broker = new KafkaServerProcess(_scratch.File("broker"), zooKeeper.ConnectString);
        broker.Environment["KAFKA_OPTS"] = Login("s3cret");
        await broker.StartAsync();
        (await ConfigsAsync(Login("s3cret"), "--alter", "--add-config", "SCRAM-SHA-256=[password=a-secret]")).RequireSuccess();

        var wrong = await MigrateAsync("secure", Login("wrong"));
        Assert.Equal(1, wrong.ExitCode);
        (await MigrateAsync("secure", Login("s3cret"))).RequireSuccess();
        var stranger = await ConfigsAsync("", "--describe");
        Assert.Equal(1, stranger.ExitCode);
        Assert.Contains("NoAuth", stranger.Text + stranger.StandardError, StringComparison.Ordinal);
        Assert.Contains("SCRAM-SHA-256", (await ConfigsAsync(Login("s3cret"), "--describe")).RequireSuccess().Text, StringComparison.Ordinal);
        (await TopicsAsync(broker, "--create", "--topic", "while-secure")).RequireSuccess();

        (await MigrateAsync("unsecure", Login("s3cret"))).RequireSuccess();
        Assert.Contains("SCRAM-SHA-256", (await ConfigsAsync("", "--describe")).RequireSuccess().Text, StringComparison.Ordinal);

        Task<CommandOutcome> ConfigsAsync(string options, params string[] arguments) =>
            RunAsync("kafka-configs.sh", options, ["--zookeeper", zooKeeper.ConnectString, "--entity-type", "users", "--entity-name", "alice", .. arguments]);

        Task<CommandOutcome> MigrateAsync(string acl, string options) =>
            RunAsync("zookeeper-security-migration.sh", options, ["--zookeeper.acl", acl, "--zookeeper.connect", zooKeeper.ConnectString]);
    }

    [Fact]
    public async Task An_authorizer_keeps_its_lists_in_a_ZooKeeper_of_its_own()
    {
        await using var zooKeeper = await new ZooKeeperServerProcess(_scratch.File("zookeeper")).StartAsync();
        await using var own = await new ZooKeeperServerProcess(_scratch.File("own")).StartAsync();
        await using var broker = new KafkaServerProcess(
            _scratch.File("broker"),
            zooKeeper.ConnectString,
            properties: new Dictionary<string, string>
            {
                ["authorizer.class.name"] = "kafka.security.authorizer.AclAuthorizer",
                ["authorizer.zookeeper.url"] = own.ConnectString + "/acls",
                ["authorizer.zookeeper.session.timeout.ms"] = "9000",
                ["super.users"] = "User:admin",
                ["allow.everyone.if.no.acl.found"] = "true",
            });
        await broker.StartAsync();
        (await AclsAsync("--bootstrap-server", broker.BootstrapServers, "--add", "--allow-principal", "User:x", "--operation", "Read", "--topic", "by-broker"))
            .RequireSuccess();
        (await AclsAsync(
            "--authorizer-properties", $"zookeeper.connect={own.ConnectString}/acls", "--add", "--deny-principal", "User:*",
            "--operation", "Write", "--topic", "by-tool")).RequireSuccess();

        // A broker hears a moment later of what was written to ZooKeeper beside it.
        await ThreeBrokers.UntilAsync(
            async () => (await AclsAsync("--bootstrap-server", broker.BootstrapServers, "--list")).RequireSuccess().Text is var listed
                && listed.Contains("name=by-broker", StringComparison.Ordinal) && listed.Contains("name=by-tool", StringComparison.Ordinal),
            "both lists at the broker");
        var direct = (await AclsAsync(
            "--authorizer-properties", "zookeeper.connect=nowhere:1", "--authorizer-properties", $"authorizer.zookeeper.url={own.ConnectString}/acls",
            "--list")).RequireSuccess().Text;
        Assert.Contains("name=by-broker", direct, StringComparison.Ordinal);
        Assert.DoesNotContain("kafka-acl", await RootsAsync(zooKeeper.ConnectString), StringComparison.Ordinal);
        Assert.Contains("kafka-acl", await RootsAsync(own.ConnectString + "/acls"), StringComparison.Ordinal);
        Assert.Equal(0, await broker.StopAsync());

        Task<CommandOutcome> AclsAsync(params string[] arguments) => RunAsync("kafka-acls.sh", "", arguments);

        async Task<string> RootsAsync(string connect) => (await RunAsync("zookeeper-shell.sh", "", [connect, "ls", "/"])).RequireSuccess().Text;
    }

    private static Task<CommandOutcome> TopicsAsync(KafkaServerProcess broker, params string[] arguments) =>
        RunAsync("kafka-topics.sh", "", ["--bootstrap-server", broker.BootstrapServers, .. arguments]);

    private static Task<CommandOutcome> RunAsync(string script, string options, IEnumerable<string> arguments) =>
        ChildProcess.RunAsync(
            RepositoryLayout.Script(script), arguments, environment: new Dictionary<string, string> { ["KAFKA_OPTS"] = options });

    private string Login(string password)
    {
        var file = _scratch.File($"jaas-{password}.conf");
        File.WriteAllText(
            file, $"Client {{ org.apache.zookeeper.server.auth.DigestLoginModule required username=\"kafka\" password=\"{password}\"; }};");
        return $"-Djava.security.auth.login.config={file}";
    }
}
