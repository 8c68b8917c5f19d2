namespace ClassicBroker.Client;

/// <summary>Configures a <see cref="KafkaConsumer{TKey, TValue}"/> that a container makes. As <see cref="KafkaClientOptions"/>.</summary>
public sealed class KafkaConsumerOptions : KafkaClientOptions;
