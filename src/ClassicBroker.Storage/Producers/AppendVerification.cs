namespace ClassicBroker.Storage;

/// <summary>What an append of a transactional batch relies on (KIP-890). Nothing is required of it by default.</summary>
/// <param name="IsRequired">The transaction must be open in the log, or the guard valid.</param>
/// <param name="Guard">
/// From <see cref="PartitionLog.BeginVerification"/>, once the coordinator has confirmed; null where it was not asked.
/// </param>
public readonly record struct AppendVerification(bool IsRequired, VerificationGuard? Guard);
