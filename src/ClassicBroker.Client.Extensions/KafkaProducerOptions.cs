namespace ClassicBroker.Client;

/// <summary>Configures a <see cref="KafkaProducer{TKey, TValue}"/> that a container makes. As <see cref="KafkaClientOptions"/>.</summary>
public sealed class KafkaProducerOptions : KafkaClientOptions;
