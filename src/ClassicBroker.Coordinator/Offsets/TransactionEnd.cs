namespace ClassicBroker.Coordinator.Offsets;

/// <summary>A marker in a partition of <c>__consumer_offsets</c>, which decides the commits before it of its producer. Immutable.</summary>
/// <param name="MarkerOffset">Where the marker is.</param>
/// <param name="IsCommit">Do they count?</param>
internal readonly record struct TransactionEnd(long MarkerOffset, bool IsCommit);
