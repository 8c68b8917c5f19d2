using ClassicBroker.Platform;
using ClassicBroker.ZooKeeper.Jute;
using ClassicBroker.ZooKeeper.Server.Persistence;
using ClassicBroker.ZooKeeper.Server.Tree;
using ClassicBroker.ZooKeeper.Server.Txns;

namespace ClassicBroker.ZooKeeper.Server;

/// <summary>
/// Deletes, once a minute, containers that had children and have none any more, and znodes without children that were not set for their
/// time to live. Threading: server loop only.
/// </summary>
internal sealed class ContainerReaper(Database database, TimeProvider time)
{
    private const int IntervalMs = 60_000;
    private long _dueMs = time.MonotonicMs() + IntervalMs;

    public void Reap()
    {
        if (time.MonotonicMs() < _dueMs)
        {
            return;
        }

        _dueMs = time.MonotonicMs() + IntervalMs;
        foreach (var path in database.Tree.Containers.ToArray())
        {
            if (database.Tree.Find(path) is { ChildCount: 0 } node && IsOver(node))
            {
                database.Apply(0, 0, new DeleteTxn(OpCode.DeleteContainer, path));
            }
        }
    }

    private bool IsOver(Znode node) =>
        EphemeralOwner.HasTtl(node.Owner)
            ? EphemeralOwner.TtlMsOf(node.Owner) is > 0 and var ttlMs && time.UnixMs() - node.MtimeMs > ttlMs
            : node.CreateCount > 0;
}
