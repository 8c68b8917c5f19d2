namespace ClassicBroker.Client;

/// <summary>What a broker speaks, or why it could not be asked. Immutable.</summary>
public sealed record BrokerApiVersions(BrokerNode Broker, IReadOnlyList<ApiVersionRange> Apis, KafkaException? Failure);
