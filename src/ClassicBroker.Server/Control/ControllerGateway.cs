using ClassicBroker.Controller;
using ClassicBroker.Controller.Requests;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Server.Control;

/// <summary>
/// This broker's way to the controller: the one in its own process, or a connection to whichever broker is the active one. Handlers ask it
/// before the controller's part of this process is there; it answers then as a broker that is not the controller. Threading: any.
/// </summary>
public sealed class ControllerGateway(MetadataCache metadata, InterBrokerClients clients, IEventLoop loop, string listenerName)
    : IDisposable
{
    private readonly Lock _lock = new();
    private volatile KafkaController? _local;
    private (int Id, RpcBrokerLink Link)? _remote;

    /// <summary>True while this broker is the controller.</summary>
    public bool IsActive => _local is { IsActive: true };

    /// <summary>The epoch of this broker's registration; -1 before it is registered.</summary>
    public long BrokerEpoch => _local?.BrokerEpoch ?? -1;

    /// <summary>Is this broker registered in the session it has now?</summary>
    public bool IsRegistered => _local is { IsRegistered: true };

    /// <summary>This broker's own part in the election, once it is registered.</summary>
    public KafkaController? Local => _local;

    public void Attach(KafkaController controller) => _local = controller;

    public Task<AlterPartitionResponse> AlterPartitionAsync(AlterPartitionRequest request, short version) =>
        _local is { IsActive: true } local
            ? local.AlterPartitionAsync(request, version)
            : AskRemoteAsync<AlterPartitionRequest, AlterPartitionResponse>(request, version);

    public Task<AllocateProducerIdsResponse> AllocateProducerIdsAsync(AllocateProducerIdsRequest request) =>
        _local is { IsActive: true } local
            ? local.AllocateProducerIdsAsync(request)
            : AskRemoteAsync<AllocateProducerIdsRequest, AllocateProducerIdsResponse>(request, 0);

    public Task<ControlledShutdownResponse> ControlledShutdownAsync(ControlledShutdownRequest request, short version) =>
        _local is { IsActive: true } local
            ? local.ControlledShutdownAsync(request)
            : AskRemoteAsync<ControlledShutdownRequest, ControlledShutdownResponse>(request, version);

    public void Dispose()
    {
        lock (_lock)
        {
            _remote?.Link.Dispose();
            _remote = null;
        }
    }

    private Task<TResponse> AskRemoteAsync<TRequest, TResponse>(TRequest request, short version)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        var id = _local?.ActiveControllerId ?? KafkaController.NoController;
        if (EndpointOf(id) is null)
        {
            return Task.FromException<TResponse>(new BrokerUnreachableException("There is no controller that this broker knows of."));
        }

        lock (_lock)
        {
            if (_remote?.Id != id)
            {
                _remote?.Link.Dispose();
                _remote = (id, new RpcBrokerLink(clients.Open(InterBrokerPurpose.ToController, id, () => EndpointOf(id), loop)));
            }

            return _remote.Value.Link.SendAsync<TRequest, TResponse>(request, version);
        }
    }

    private BrokerEndpoint? EndpointOf(int id) => metadata.Current.Broker(id)?.Endpoint(listenerName);
}
