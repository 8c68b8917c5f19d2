using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Control;

namespace ClassicBroker.Server.Coordination;

/// <summary>
/// This broker's ways to all others for one purpose, each opened when it is first needed. Owned by the broker. Threading: any.
/// </summary>
public sealed class PeerClients(
    InterBrokerClients clients, InterBrokerPurpose purpose, MetadataCache metadata, string listenerName, IEventLoop loop) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, InterBrokerClient> _open = [];

    public InterBrokerClient Of(int brokerId)
    {
        lock (_lock)
        {
            if (!_open.TryGetValue(brokerId, out var client))
            {
                client = clients.Open(purpose, brokerId, () => metadata.Current.Broker(brokerId)?.Endpoint(listenerName), loop);
                _open.Add(brokerId, client);
            }

            return client;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var client in _open.Values)
            {
                client.Dispose();
            }

            _open.Clear();
        }
    }
}
