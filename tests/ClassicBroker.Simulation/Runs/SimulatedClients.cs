using ClassicBroker.Platform;
using ClassicBroker.Protocol;
using ClassicBroker.Rpc;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Runs;

/// <summary>A client's ways to all brokers of a cluster. Owned by the client. Threading: the client loop.</summary>
internal sealed class SimulatedClients : IDisposable
{
    private static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(3);

    private readonly InterBrokerClient[] _clients;

    public SimulatedClients(SimulatedCluster cluster, string clientId, TimeSpan? requestTimeout = null) =>
        _clients =
        [
            .. cluster.Brokers.Select(broker => new InterBrokerClient(new InterBrokerClientOptions
            {
                Transport = cluster.ClientTransport,
                Loop = cluster.ClientLoop,
                PeerName = broker.Host,
                Target = () => new RpcConnectionOptions
                {
                    Host = broker.Host, Port = 9092, ClientId = clientId, ConnectTimeout = TimeSpan.FromSeconds(1),
                },
                RequestTimeout = requestTimeout ?? UsualTimeout,
            })),
        ];

    /// <summary>The broker's answer; null where none came.</summary>
    public async Task<TResponse?> AskAsync<TRequest, TResponse>(int brokerId, TRequest request, short version)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        try
        {
            using var response = await _clients[brokerId].SendAsync<TRequest, TResponse>(request, version);
            return response.Message;
        }
        catch (PeerUnreachableException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        foreach (var client in _clients)
        {
            client.Dispose();
        }
    }
}
