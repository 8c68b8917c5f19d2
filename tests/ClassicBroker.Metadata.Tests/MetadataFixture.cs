using ClassicBroker.Primitives;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.ZooKeeper;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Metadata.Tests;

/// <summary>A ZooKeeper in memory, and brokers' stores connected to it.</summary>
internal sealed class MetadataFixture
{
    public MetadataFixture()
    {
        Loop = Time.CreateLoop("zookeeper");
        Ensemble = new(Time);
        ZooKeeper = Ensemble.Connect(Loop);
        Store = StoreOf(ZooKeeper);
    }

    public ManualTime Time { get; } = new();

    public ManualEventLoop Loop { get; }

    public InMemoryZooKeeper Ensemble { get; }

    public InMemoryZooKeeperSession ZooKeeper { get; }

    public MetadataStore Store { get; }

    public static BrokerRegistration Broker(int id, int port = 9092) =>
        new(id, [new("PLAINTEXT", $"host{id}", port, SecurityProtocol.Plaintext)], null, -1, 1);

    public MetadataStore StoreOf(InMemoryZooKeeperSession session, bool secureAcls = false)
    {
        var store = new MetadataStore(session, Loop, new RecordedRandom(), MetadataVersions.Latest, secureAcls, NullLoggerFactory.Instance);
        store.Session.Start();
        return store;
    }

    public MetadataFixture WithTopLevelPaths()
    {
        Run(Store.Cluster.CreateTopLevelPathsAsync);
        return this;
    }

    public T Run<T>(Func<Task<T>> work) => Loop.Run(work);

    public void Run(Func<Task> work) => Loop.Run(work);

    /// <summary>The next write below a path meets this fault, once.</summary>
    public void FailNextWrite(string pathPrefix, ZooKeeperFault fault)
    {
        var armed = true;
        ZooKeeper.Faults = call =>
        {
            if (!armed || !call.IsWrite || !call.Path.StartsWith(pathPrefix, StringComparison.Ordinal))
            {
                return ZooKeeperFault.None;
            }

            armed = false;
            return fault;
        };
    }
}
