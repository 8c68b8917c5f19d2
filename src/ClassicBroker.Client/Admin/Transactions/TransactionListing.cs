namespace ClassicBroker.Client;

/// <summary>A transactional id as its coordinator lists it. Immutable.</summary>
/// <param name="TransactionalId">The id.</param>
/// <param name="Coordinator">The broker that coordinates it.</param>
/// <param name="ProducerId">The producer id it has now.</param>
/// <param name="State">Its state, such as <c>Ongoing</c>.</param>
public sealed record TransactionListing(string TransactionalId, int Coordinator, long ProducerId, string State);
