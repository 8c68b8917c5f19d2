using System.Text;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Testing.ZooKeeper;

/// <summary>A single Apache ZooKeeper on a free port, with a directory of its own.</summary>
public sealed class RealZooKeeper : IAsyncDisposable
{
    /// <summary>Short, as sessions of tests are: one ends at the tick after its timeout.</summary>
    private const string Tick = "tickTime=250";

    private readonly ScratchDirectory? _scratch;

    private RealZooKeeper(ScratchDirectory? scratch, RealZooKeeperNode node)
    {
        _scratch = scratch;
        Node = node;
    }

    public RealZooKeeperNode Node { get; }

    public string ConnectString => $"127.0.0.1:{Node.Port}";

    public static async Task<RealZooKeeper> StartAsync()
    {
        var scratch = new ScratchDirectory();
        var zooKeeper = new RealZooKeeper(scratch, new RealZooKeeperNode(scratch.Path, LoopbackPorts.Next(), [Tick]));
        await zooKeeper.Node.StartAsync();
        return zooKeeper;
    }

    /// <summary>One that authenticates a user by SASL DIGEST-MD5.</summary>
    public static Task<RealZooKeeper> StartWithSaslAsync(string user, string password) =>
        StartWithJaasAsync($"org.apache.zookeeper.server.auth.DigestLoginModule required user_{user}=\"{password}\";");

    /// <summary>One that authenticates clients by SASL GSSAPI.</summary>
    /// <param name="principal">Who it is to Kerberos.</param>
    /// <param name="keyTab">The file with the principal's keys.</param>
    /// <param name="configFile">What tells Java where the realm is.</param>
    public static Task<RealZooKeeper> StartWithKerberosAsync(string principal, string keyTab, string configFile) =>
        StartWithJaasAsync(
            "com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true useTicketCache=false "
            + $"keyTab=\"{keyTab}\" principal=\"{principal}\";",
            $"-Djava.security.krb5.conf={configFile}");

    private static async Task<RealZooKeeper> StartWithJaasAsync(string module, params string[] jvmOptions)
    {
        var scratch = new ScratchDirectory();
        var jaas = Path.Combine(scratch.Path, "jaas.conf");
        await File.WriteAllTextAsync(jaas, $"Server {{ {module} }};");
        var node = new RealZooKeeperNode(
            scratch.Path,
            LoopbackPorts.Next(),
            [Tick, "authProvider.sasl=org.apache.zookeeper.server.auth.SASLAuthenticationProvider"],
            [$"-Djava.security.auth.login.config={jaas}", .. jvmOptions]);
        await node.StartAsync();
        return new RealZooKeeper(scratch, node);
    }

    /// <summary>What Apache's own command-line client, which logs in to nothing, prints of some commands.</summary>
    public async Task<CommandOutcome> CommandLineAsync(params string[] commands) => await ChildProcess.RunAsync(
        "/usr/bin/java",
        [
            "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", RealZooKeeperNode.ClassPath, "-Dzookeeper.root.logger=ERROR,CONSOLE",
            "org.apache.zookeeper.ZooKeeperMain", "-server", ConnectString,
        ],
        Encoding.UTF8.GetBytes(string.Join('\n', commands) + "\nquit\n"));

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        _scratch?.Dispose();
    }
}
