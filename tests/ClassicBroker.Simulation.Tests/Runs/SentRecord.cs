using ClassicBroker.Primitives;

namespace ClassicBroker.Simulation.Tests.Runs;

/// <summary>What became of a record a simulated producer sent.</summary>
/// <param name="Partition">Where to.</param>
/// <param name="Value">Its value, which no other record has.</param>
/// <param name="Outcome">Acknowledged, refused, or not known.</param>
/// <param name="Offset">Where it is, if acknowledged.</param>
internal readonly record struct SentRecord(TopicPartition Partition, string Value, SendOutcome Outcome, long Offset);
