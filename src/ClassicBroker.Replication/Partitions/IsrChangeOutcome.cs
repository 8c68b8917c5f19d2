using ClassicBroker.Metadata;
using ClassicBroker.Primitives;

namespace ClassicBroker.Replication.Partitions;

/// <summary>What became of an <see cref="IsrChange"/>: the committed state, or why there is none.</summary>
public readonly record struct IsrChangeOutcome(ErrorCode Error, LeaderAndIsr? Committed);
