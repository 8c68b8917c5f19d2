using ClassicBroker.Rpc;

namespace ClassicBroker.Client;

/// <summary>What a broker speaks, or why it could not be asked. Immutable.</summary>
public sealed record NodeApiVersions(BrokerNode Broker, IReadOnlyList<ApiVersionRange> Apis, KafkaException? Failure);
