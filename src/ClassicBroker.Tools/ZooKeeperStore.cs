using ClassicBroker.Metadata;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Tools;

/// <summary>
/// A cluster's znodes, over a session of a tool's own. Threading: used by one tool; closed by the tool that opened it.
/// </summary>
internal sealed class ZooKeeperStore(IZooKeeper zooKeeper, MetadataStore store) : IAsyncDisposable
{
    public MetadataStore Metadata => store;

    public async ValueTask DisposeAsync() => await zooKeeper.CloseAsync();
}
