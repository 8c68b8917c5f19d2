using ClassicBroker.Platform;
using ClassicBroker.ZooKeeper.Jute;
using ClassicBroker.ZooKeeper.Server.Persistence;
using ClassicBroker.ZooKeeper.Server.Txns;

namespace ClassicBroker.ZooKeeper.Server;

/// <summary>Deletes containers that had children and have none any more, once a minute. Threading: server loop only.</summary>
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
            if (database.Tree.Find(path) is { ChildCount: 0, CreateCount: > 0 })
            {
                database.Apply(0, 0, new DeleteTxn(OpCode.DeleteContainer, path));
            }
        }
    }
}
