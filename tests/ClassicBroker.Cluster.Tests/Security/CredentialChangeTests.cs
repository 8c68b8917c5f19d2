using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Cluster.Tests.Security;

/// <summary>Passwords, certificates and users of a secured cluster that change while it works.</summary>
public sealed class CredentialChangeTests : IDisposable
{
    /// <summary><c>connections.max.reauth.ms</c> of the brokers.</summary>
    private static readonly TimeSpan SessionMax = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Passwords_and_certificates_change_under_load_and_nothing_is_lost()
    {
        await using var cluster = await StartAsync();
        await cluster.CreateTopicAsync("before");
        await cluster.CreateTopicAsync("after");
        await using var before = await LoadAsync(cluster, "before", cluster.Security.Client);
        await before.WaitForMoreAsync(500, Patience);

        // Clients: who starts from now on has the new password, and who is in stays in until the session ends.
        await cluster.Security.ChangePasswordAsync(cluster.BootstrapServers, ClusterSecurity.ClientUser, "app-secret-2");
        await using var after = await LoadAsync(cluster, "after", cluster.Security.Client);
        await after.WaitForMoreAsync(500, Patience);

        // Brokers: the new password first where all look it up, then in each one's own configuration.
        await cluster.Security.ChangePasswordAsync(cluster.BootstrapServers, ClusterSecurity.BrokerUser, "broker-secret-2");
        var login = "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config"
            + $"=[{ClusterSecurity.JaasConfig(ClusterSecurity.BrokerUser, "broker-secret-2")}]";
        foreach (var broker in cluster.Brokers)
        {
            await AlterAsync(cluster, broker, login);
        }

        // As with Kafka's own tool, a later change repeats what is secret.
        foreach (var broker in cluster.Brokers)
        {
            var store = cluster.Security.NewKeyStore($"renewed-{broker.BrokerId}.p12", out var serialNumber);
            await AlterAsync(cluster, broker, $"{login},listener.name.sasl_ssl.ssl.keystore.location={store}");
            await WaitForCertificateAsync(broker, serialNumber);
        }

        await after.WaitForMoreAsync(500, Patience);
        await cluster.WaitUntilInSyncAsync("after");

        // What was changed outlives a restart, whose file still has the old password and certificate.
        Assert.Equal(0, await cluster.Brokers[1].StopAsync());
        await cluster.Brokers[1].StartAsync();
        await cluster.WaitUntilInSyncAsync("after");
        await after.WaitForMoreAsync(500, Patience);

        var acked = await after.StopAsync();
        var log = await ReadAsync(cluster, "after");
        AckedLoad.AssertNothingLost(acked, log);
        Assert.Equal(log.Count, log.Select(record => record.Number).Distinct().Count());
        AckedLoad.AssertNothingLost(before.Acked(), await ReadAsync(cluster, "before"));
        Assert.All(cluster.Brokers, broker => Assert.DoesNotContain("-secret", broker.Process.Output));
    }

    [Fact]
    public async Task A_deleted_user_is_out_at_once_for_new_connections_and_for_old_ones_when_their_session_ends()
    {
        await using var cluster = await StartAsync();
        await cluster.CreateTopicAsync("own");
        await cluster.CreateTopicAsync("other");
        var leaver = await cluster.Security.AddUserAsync(cluster.ZooKeeper.ConnectString, "leaver", "leaver-secret");
        await Tool.RunAsync(
            "kafka-acls.sh",
            [
                "--bootstrap-server", cluster.BootstrapServers, .. cluster.Security.Administrator.Arguments(),
                "--add", "--allow-principal", "User:leaver", "--operation", "All", "--topic", "own",
            ]);
        await using var own = await LoadAsync(cluster, "own", leaver);
        await using var other = await LoadAsync(cluster, "other", cluster.Security.Client);
        await own.WaitForMoreAsync(500, Patience);

        var heard = cluster.Brokers.Select(broker => broker.Process.WaitForNextAsync("Removing Produce quota for user leaver", Patience)).ToArray();
        await Tool.RunAsync(
            "kafka-configs.sh",
            [
                "--bootstrap-server", cluster.BootstrapServers, .. cluster.Security.Administrator.Arguments(), "--alter", "--entity-type", "users",
                "--entity-name", "leaver", "--delete-config", "SCRAM-SHA-512",
            ]);
        await Task.WhenAll(heard);
        foreach (var broker in cluster.Brokers)
        {
            var listed = await ChildProcess.RunAsync("kcat", ["-L", "-m", "3", "-b", broker.BootstrapServers], environment: leaver.Environment);
            Assert.NotEqual(0, listed.ExitCode);
            await broker.Process.WaitForAsync("SCRAM-SHA-512: there is no such user, or the password is wrong", Patience);
        }

        // Nothing that began before the deletion lasts longer than a session may; the margin is for what is on its way to the file.
        await Task.Delay(SessionMax + TimeSpan.FromSeconds(2));
        var last = own.AckedCount;
        await other.WaitForMoreAsync(500, Patience);
        Assert.Equal(last, own.AckedCount);

        AckedLoad.AssertNothingLost(await other.StopAsync(), await ReadAsync(cluster, "other"));
        AckedLoad.AssertNothingLost(own.Acked(), await ReadAsync(cluster, "own"));
    }

    [Fact]
    public async Task Zookeeper_tells_a_stranger_no_secret_and_takes_nothing_from_one()
    {
        await using var cluster = await StartAsync();
        await cluster.CreateTopicAsync("guarded");

        var outcome = await cluster.ZooKeeper.CommandLineAsync(
            "get /brokers/topics/guarded", "get /config/users/app", "get /config/brokers", "set /brokers/topics/guarded {}",
            "delete /kafka-acl/Topic/*", "create /brokers/ids/9 x", "getAcl /brokers/topics/guarded", "getAcl /kafka-acl/Topic/*");

        var printed = outcome.Text + outcome.StandardError;
        Assert.Contains("\"partitions\":{\"0\":", printed);
        foreach (var path in new[] { "/config/users/app", "/config/brokers", "/brokers/topics/guarded", "/kafka-acl/Topic/*", "/brokers/ids/9" })
        {
            Assert.Contains($"Insufficient permission : {path}", printed);
        }

        Assert.DoesNotContain("salt", printed);
        Assert.Equal(2, printed.Split("'sasl,'kafka\n: cdrwa").Length - 1);
        Assert.Equal(2, printed.Split("'world,'anyone\n: r").Length - 1);
    }

    private Task<ThreeBrokers> StartAsync() => ThreeBrokers.StartAsync(
        _scratch,
        SecurityProfile.Secured,
        new Dictionary<string, string> { ["connections.max.reauth.ms"] = $"{SessionMax.TotalMilliseconds}" });

    private Task<AckedLoad> LoadAsync(ThreeBrokers cluster, string topic, ClientCredentials credentials) =>
        AckedLoad.StartAsync(cluster.BootstrapServers, topic, _scratch.File($"acked-{topic}"), idempotent: true, credentials);

    private static Task<IReadOnlyList<(long Offset, long Number)>> ReadAsync(ThreeBrokers cluster, string topic) =>
        AckedLoad.ReadAllAsync(cluster.BootstrapServers, topic, cluster.Security.Client);

    private static Task AlterAsync(ThreeBrokers cluster, KafkaServerProcess broker, string config) =>
        Tool.RunAsync(
            "kafka-configs.sh",
            [
                "--bootstrap-server", cluster.BootstrapServers, .. cluster.Security.Administrator.Arguments(), "--alter", "--entity-type",
                "brokers", "--entity-name", $"{broker.BrokerId}", "--add-config", config,
            ]);

    /// <summary>Ends when the broker shows that certificate to who connects.</summary>
    private static async Task WaitForCertificateAsync(KafkaServerProcess broker, string serialNumber)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (await ShownCertificateAsync(broker, limit.Token) != serialNumber)
        {
            await Task.Delay(50, limit.Token);
        }
    }

    private static async Task<string> ShownCertificateAsync(KafkaServerProcess broker, CancellationToken limit)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", broker.Port, limit);
        await using var tls = new SslStream(client.GetStream(), false, (_, certificate, _, _) => certificate is not null);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = broker.Host }, limit);
        using var shown = new X509Certificate2(tls.RemoteCertificate!);
        return shown.SerialNumber;
    }
}
