using ClassicBroker.Metadata;
using ClassicBroker.Platform;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Controller.Requests;

/// <summary>One channel for each live broker of one activation. Threading: the controller's loop.</summary>
internal sealed class BrokerChannels(
    ControllerConfig config, IBrokerLinkFactory links, IEventLoop loop, ControllerMetrics metrics, ILogger logger)
{
    private readonly SortedDictionary<int, BrokerChannel> _channels = [];

    /// <summary>Opens a channel to a broker that came, or came back.</summary>
    public void Add(LiveBroker broker)
    {
        if (broker.Registration.Endpoint(config.ControllerListenerName) is not { } endpoint)
        {
            logger.LogError(
                "Broker {BrokerId} has no listener {Listener}, on which the controller talks to brokers; it will hear nothing from it.",
                broker.Id,
                config.ControllerListenerName);
            return;
        }

        Remove(broker.Id);
        _channels[broker.Id] = new(broker, links.Open(broker.Id, endpoint), loop, metrics, logger);
    }

    /// <summary>Closes the channel to a broker; its queued requests are void.</summary>
    public void Remove(int brokerId)
    {
        if (_channels.Remove(brokerId, out var channel))
        {
            channel.Close();
        }
    }

    /// <summary>Null where the broker is gone or cannot be talked to.</summary>
    public BrokerChannel? Find(int brokerId) => _channels.GetValueOrDefault(brokerId);

    public void Close()
    {
        foreach (var channel in _channels.Values)
        {
            channel.Close();
        }

        _channels.Clear();
    }
}
