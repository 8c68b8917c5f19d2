namespace ClassicBroker.Client;

/// <summary>Configures an <see cref="AdminClient"/> that a container makes. As <see cref="KafkaClientOptions"/>.</summary>
public sealed class KafkaAdminOptions : KafkaClientOptions;
