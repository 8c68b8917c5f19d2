using ClassicBroker.Client.Cluster;
using ClassicBroker.Platform;

namespace ClassicBroker.Client;

/// <summary>
/// The network thread of clients and the connections it makes. Clients that are not given one make their own; sharing one lets many
/// clients live on a single thread. Safe from any thread; disposed after the clients that share it.
/// </summary>
public sealed class ClientNetwork : IAsyncDisposable
{
    private readonly Func<ValueTask> _close;

    internal ClientNetwork(IEventLoop loop, IBrokerConnector connector, IRandomSource random, Func<ValueTask> close)
    {
        Loop = loop;
        Connector = connector;
        Random = random;
        _close = close;
    }

    internal IEventLoop Loop { get; }

    internal IBrokerConnector Connector { get; }

    internal IRandomSource Random { get; }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _close();
}
