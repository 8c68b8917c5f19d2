using ClassicBroker.Metadata;

namespace ClassicBroker.Controller.Requests;

/// <summary>Makes the controller's connections to brokers.</summary>
public interface IBrokerLinkFactory
{
    /// <summary>A link to a broker's endpoint; does not connect yet.</summary>
    IBrokerLink Open(int brokerId, BrokerEndpoint endpoint);
}
