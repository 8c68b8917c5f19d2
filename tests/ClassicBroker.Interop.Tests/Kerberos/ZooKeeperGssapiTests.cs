using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Interop.Tests.Kerberos;

/// <summary>A broker and tools log in to Apache ZooKeeper by Kerberos, and what they keep there is closed to all others.</summary>
public sealed class ZooKeeperGssapiTests : IAsyncLifetime
{
    private readonly ScratchDirectory _scratch = new();
    private readonly KeyDistributionCentre _centre = new();
    private readonly Dictionary<string, string> _keyTabs = [];
    private RealZooKeeper? _zooKeeper;

    private string Connect => $"localhost:{_zooKeeper!.Node.Port}";

    public async ValueTask InitializeAsync()
    {
        await _centre.StartAsync();
        foreach (var principal in new[] { "zookeeper/localhost", "kafka", "bob", "mallory" })
        {
            _keyTabs[principal] = await _centre.AddAsync(principal);
        }

        await _centre.ChangeKeysAsync("mallory");
        _zooKeeper = await RealZooKeeper.StartWithKerberosAsync(
            $"zookeeper/localhost@{KeyDistributionCentre.Realm}", _keyTabs["zookeeper/localhost"], _centre.ConfigFile);
    }

    public async ValueTask DisposeAsync()
    {
        if (_zooKeeper is not null)
        {
            await _zooKeeper.DisposeAsync();
        }

        await _centre.DisposeAsync();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Znodes_belong_to_the_principal_that_made_them()
    {
        await using var broker = NewBroker(0, "kafka");
        await broker.StartAsync();
        (await ConfigsAsync(Login("kafka"), "--alter", "--add-config", "SCRAM-SHA-256=[password=a-secret]")).RequireSuccess();
        Assert.Contains("SCRAM-SHA-256", (await ConfigsAsync(Login("kafka"), "--describe")).RequireSuccess().Text, StringComparison.Ordinal);
        foreach (var stranger in new[] { Login("bob"), "" })
        {
            var refused = await ConfigsAsync(stranger, "--describe");
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains("NoAuth", refused.Text + refused.StandardError, StringComparison.Ordinal);
        }

        (await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-topics.sh"),
            ["--bootstrap-server", broker.BootstrapServers, "--create", "--topic", "t"])).RequireSuccess();
        Assert.Equal(0, await broker.StopAsync());
    }

    [Theory]
    [InlineData("mallory", "zookeeper")]
    [InlineData("kafka", "nothing")]
    public async Task Old_keys_and_unknown_services_end_the_start(string principal, string service)
    {
        await using var broker = NewBroker(1, principal, service);
        broker.Launch();
        Assert.Equal(1, await broker.Process.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains("SASL authentication with localhost:", broker.Process.Output, StringComparison.Ordinal);
        Assert.Contains("Kerberos gives no ticket", broker.Process.Output, StringComparison.Ordinal);
    }

    private KafkaServerProcess NewBroker(int id, string principal, string service = "zookeeper")
    {
        var broker = new KafkaServerProcess(
            _scratch.File($"broker-{id}"), Connect, id, new Dictionary<string, string>
            {
                ["zookeeper.set.acl"] = "true",
                ["zookeeper.connection.timeout.ms"] = "18000",
            });
        broker.Environment["KAFKA_OPTS"] = Login(principal, service);
        return broker;
    }

    private Task<CommandOutcome> ConfigsAsync(string options, params string[] arguments) =>
        ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-configs.sh"),
            ["--zookeeper", Connect, "--entity-type", "users", "--entity-name", "alice", .. arguments],
            environment: new Dictionary<string, string> { ["KAFKA_OPTS"] = options });

    private string Login(string principal, string service = "zookeeper")
    {
        var file = _scratch.File($"jaas-{principal}-{service}.conf");
        File.WriteAllText(
            file,
            $"Client {{ com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true keyTab=\"{_keyTabs[principal]}\" "
            + $"principal=\"{principal}@{KeyDistributionCentre.Realm}\"; }};");
        return $"-Djava.security.auth.login.config={file} -Djava.security.krb5.conf={_centre.ConfigFile} "
            + $"-Dzookeeper.sasl.client.username={service}";
    }
}
