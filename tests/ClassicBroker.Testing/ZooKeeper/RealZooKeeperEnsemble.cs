using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Testing.ZooKeeper;

/// <summary>Three Apache ZooKeeper servers that elect a leader among themselves.</summary>
public sealed class RealZooKeeperEnsemble : IAsyncDisposable
{
    private const int Size = 3;

    private readonly ScratchDirectory _scratch = new();
    private readonly RealZooKeeperNode[] _nodes;

    private RealZooKeeperEnsemble()
    {
        string[] members = [.. Enumerable.Range(1, Size).Select(id => $"server.{id}=127.0.0.1:{LoopbackPorts.Next()}:{LoopbackPorts.Next()}")];
        _nodes = [.. Enumerable.Range(1, Size).Select(id => NewNode(id, members))];
    }

    public IReadOnlyList<RealZooKeeperNode> Nodes => _nodes;

    public string ConnectString => string.Join(',', _nodes.Select(node => $"127.0.0.1:{node.Port}"));

    /// <summary>Starts all; they serve once clients can connect.</summary>
    public static RealZooKeeperEnsemble Launch()
    {
        var ensemble = new RealZooKeeperEnsemble();
        foreach (var node in ensemble._nodes)
        {
            node.Launch();
        }

        return ensemble;
    }

    /// <summary>The node that leads now; to be asked while the ensemble serves.</summary>
    public async Task<RealZooKeeperNode> LeaderAsync()
    {
        foreach (var node in _nodes.Where(node => !node.Process.HasExited))
        {
            if ((await FourLetterWord.AskAsync(node.Port, "srvr")).Contains("Mode: leader", StringComparison.Ordinal))
            {
                return node;
            }
        }

        throw new InvalidOperationException("No node of the ensemble leads.");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        _scratch.Dispose();
    }

    private RealZooKeeperNode NewNode(int id, string[] members)
    {
        var directory = Path.Combine(_scratch.Path, $"node{id}");
        var node = new RealZooKeeperNode(directory, LoopbackPorts.Next(), ["initLimit=10", "syncLimit=5", .. members]);
        File.WriteAllText(Path.Combine(node.DataDirectory, "myid"), $"{id}\n");
        return node;
    }
}
