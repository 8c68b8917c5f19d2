using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Testing.ZooKeeper;

/// <summary>A single Apache ZooKeeper on a free port, with a directory of its own.</summary>
public sealed class RealZooKeeper : IAsyncDisposable
{
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
        var zooKeeper = new RealZooKeeper(scratch, new RealZooKeeperNode(scratch.Path, LoopbackPorts.Next(), []));
        await zooKeeper.Node.StartAsync();
        return zooKeeper;
    }

    /// <summary>One that authenticates a user by SASL DIGEST-MD5.</summary>
    public static async Task<RealZooKeeper> StartWithSaslAsync(string user, string password)
    {
        var scratch = new ScratchDirectory();
        var jaas = Path.Combine(scratch.Path, "jaas.conf");
        await File.WriteAllTextAsync(
            jaas,
            $"Server {{ org.apache.zookeeper.server.auth.DigestLoginModule required user_{user}=\"{password}\"; }};");
        var node = new RealZooKeeperNode(
            scratch.Path,
            LoopbackPorts.Next(),
            ["authProvider.sasl=org.apache.zookeeper.server.auth.SASLAuthenticationProvider"],
            $"-Djava.security.auth.login.config={jaas}");
        await node.StartAsync();
        return new RealZooKeeper(scratch, node);
    }

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        _scratch?.Dispose();
    }
}
