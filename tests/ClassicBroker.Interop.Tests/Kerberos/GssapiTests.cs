using System.Text;
using System.Text.Json;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests.Kerberos;

/// <summary>Brokers, our tools and foreign clients with a real Kerberos: right keys let in, as the right user, and nothing else does.</summary>
public sealed class GssapiTests(KerberosCluster cluster) : IClassFixture<KerberosCluster>
{
    private static readonly string Drivers = Path.Combine(AppContext.BaseDirectory, "Clients");

    [Fact]
    public async Task Records_travel_between_brokers_and_clients_by_GSSAPI()
    {
        (await TopicsAsync("alice", "--create", "--topic", "by-ticket", "--partitions", "1", "--replication-factor", "2", "--config", "min.insync.replicas=2"))
            .RequireSuccess();
        var produced = await ChildProcess.RunAsync(
            "kcat",
            ["-P", "-t", "by-ticket", "-p", "0", "-X", "acks=all", .. Librdkafka("alice", cluster.KeyTabOf("alice"))],
            Encoding.UTF8.GetBytes("one\ntwo\n"),
            environment: cluster.Environment);
        produced.RequireSuccess();
        var consumed = await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-console-consumer.sh"),
            [
                "--bootstrap-server", cluster.Bootstrap, "--topic", "by-ticket", "--from-beginning", "--max-messages", "2",
                "--consumer.config", cluster.ClientProperties("alice"),
            ],
            environment: cluster.JavaEnvironment);
        Assert.Equal("one\ntwo\n", consumed.RequireSuccess().Text);
    }

    [Fact]
    public async Task A_principal_is_the_user_that_the_rules_make_of_it()
    {
        var refused = await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-topics.sh"),
            ["--bootstrap-server", cluster.Bootstrap, "--command-config", cluster.ClientProperties("bob"), "--create", "--topic", "of-bob"],
            environment: cluster.JavaEnvironment);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("Authorization failed", refused.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mallory", "kafka")]
    [InlineData("alice", "other")]
    public async Task Old_keys_and_tickets_for_others_let_no_one_in(string principal, string service)
    {
        var refused = await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-topics.sh"),
            ["--bootstrap-server", cluster.Bootstrap, "--command-config", cluster.ClientProperties(principal, service), "--list"],
            environment: cluster.JavaEnvironment);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"Kerberos gives no ticket for {service}/localhost", refused.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Kcat_and_our_tools_get_in_with_the_right_keys_only(bool speaksTls)
    {
        var bootstrap = speaksTls ? cluster.TlsBootstrap : cluster.Bootstrap;
        foreach (var (principal, isIn) in new[] { ("alice", true), ("mallory", false) })
        {
            var listed = await ChildProcess.RunAsync(
                RepositoryLayout.Script("kafka-topics.sh"),
                ["--bootstrap-server", bootstrap, "--command-config", cluster.ClientProperties(principal, speaksTls: speaksTls), "--list"],
                environment: cluster.JavaEnvironment);
            Assert.Equal(isIn ? 0 : 1, listed.ExitCode);
            var metadata = await ChildProcess.RunAsync(
                "kcat",
                ["-L", "-m", isIn ? "15" : "3", .. Librdkafka(principal, cluster.KeyTabOf(principal), speaksTls)],
                environment: cluster.Environment);
            Assert.Equal(isIn, metadata.ExitCode == 0);
        }
    }

    [Theory]
    [InlineData("alice", "alice", false, "in")]
    [InlineData("mallory", "mallory", false, "out")]
    [InlineData("alice", "alice", true, "in")]
    [InlineData("mallory", "mallory", true, "out")]
    public async Task Confluents_client_gets_in_with_the_right_keys_only(string principal, string keyTab, bool speaksTls, string expected)
    {
        var cell = JsonSerializer.Serialize(new
        {
            name = expected == "in" ? "right" : "wrong",
            bootstrap = speaksTls ? cluster.TlsBootstrap : cluster.Bootstrap,
            protocol = speaksTls ? "SASL_SSL" : "SASL_PLAINTEXT",
            mechanism = "GSSAPI",
            user = principal,
            secret = cluster.KeyTabOf(keyTab),
            ca = cluster.Authority,
        });
        var outcome = await ChildProcess.RunAsync(
            "/usr/bin/python3",
            [Path.Combine(Drivers, "sasl_session.py"), "confluent"],
            Encoding.UTF8.GetBytes(cell + "\n"),
            environment: cluster.Environment);
        Assert.True(outcome.Text.TrimEnd().EndsWith(expected, StringComparison.Ordinal), outcome.Text + outcome.StandardError);
    }

    [Fact]
    public async Task A_broker_without_its_keys_does_not_start()
    {
        await using var broker = cluster.NewBroker(7, cluster.KeyTabOf("alice"));
        broker.Launch();
        Assert.Equal(1, await broker.Process.WaitForExitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains("Listener SASL_PLAINTEXT cannot offer GSSAPI: ", broker.Process.Output, StringComparison.Ordinal);
        Assert.Contains("kafka/localhost", broker.Process.Output, StringComparison.Ordinal);
    }

    private string[] Librdkafka(string principal, string keyTab, bool speaksTls = false) =>
    [
        "-b", speaksTls ? cluster.TlsBootstrap : cluster.Bootstrap, "-X", $"security.protocol={(speaksTls ? "SASL_SSL" : "SASL_PLAINTEXT")}",
        "-X", $"ssl.ca.location={cluster.Authority}", "-X", "sasl.mechanism=GSSAPI",
        "-X", "sasl.kerberos.service.name=kafka", "-X", $"sasl.kerberos.principal={principal}", "-X", $"sasl.kerberos.keytab={keyTab}",
    ];

    private Task<CommandOutcome> TopicsAsync(string principal, params string[] arguments) =>
        ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-topics.sh"),
            ["--bootstrap-server", cluster.Bootstrap, "--command-config", cluster.ClientProperties(principal), .. arguments],
            environment: cluster.JavaEnvironment);
}
