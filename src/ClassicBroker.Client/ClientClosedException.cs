namespace ClassicBroker.Client;

/// <summary>The client was closed before, or while, it was asked.</summary>
public sealed class ClientClosedException() : KafkaException("The client is closed");
