using ClassicBroker.Controller.Requests;
using ClassicBroker.Metadata;
using ClassicBroker.Platform;

namespace ClassicBroker.Server.Control;

/// <summary>
/// Makes the controller's links to brokers, and a short one to this broker itself. Immutable once <see cref="Local"/> is set; safe from
/// any thread.
/// </summary>
public sealed class BrokerLinks(InterBrokerClients clients, BrokerIdentity identity, IEventLoop controllerLoop) : IBrokerLinkFactory
{
    /// <summary>What this broker does with the controller's requests; set before the controller starts.</summary>
    public ControllerRequests? Local { get; set; }

    public IBrokerLink Open(int brokerId, BrokerEndpoint endpoint) =>
        brokerId == identity.BrokerId.Value && Local is { } local
            ? new LocalBrokerLink(local)
            : new RpcBrokerLink(clients.Open(InterBrokerPurpose.Orders, brokerId, () => endpoint, controllerLoop));
}
