namespace ClassicBroker.Rpc.Sasl;

/// <summary>A JAAS configuration cannot be used. The message is Kafka's where it has one, and holds no value of an option.</summary>
public sealed class JaasException(string message) : Exception(message);
