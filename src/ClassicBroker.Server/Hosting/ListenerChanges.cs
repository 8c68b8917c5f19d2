using ClassicBroker.Metadata;
using ClassicBroker.Server.Config;

namespace ClassicBroker.Server.Hosting;

/// <summary>What may not change of listeners while the broker runs, in Kafka's words (<c>DynamicListenerConfig</c>). Stateless.</summary>
internal static class ListenerChanges
{
    /// <param name="open">The listeners as they are.</param>
    /// <param name="proposed">A configuration that is right in itself.</param>
    /// <exception cref="ConfigException">A listener that stays would get another protocol.</exception>
    public static void Check(IReadOnlyList<BrokerEndpoint> open, KafkaConfig proposed)
    {
        foreach (var listener in open)
        {
            if (proposed.Listeners.Bound.Any(
                asked => asked.ListenerName == listener.ListenerName && asked.SecurityProtocol != listener.SecurityProtocol))
            {
                throw new ConfigException($"Security protocol cannot be updated for existing listener ListenerName({listener.ListenerName})");
            }
        }
    }
}
