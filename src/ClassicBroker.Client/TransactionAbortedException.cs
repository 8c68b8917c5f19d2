namespace ClassicBroker.Client;

/// <summary>A record was not sent because the application aborted its transaction first.</summary>
public sealed class TransactionAbortedException() : KafkaException("Failing batch since transaction was aborted");
