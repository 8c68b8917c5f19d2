namespace ClassicBroker.Coordinator.Transactions;

/// <summary>Who asks something of a transaction.</summary>
public readonly record struct ProducerIdentity(string TransactionalId, long ProducerId, short ProducerEpoch);
