using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Consumer;

/// <summary>What is to be fetched from one partition.</summary>
internal readonly record struct FetchTarget(Uuid TopicId, long Offset, int LeaderEpoch, int MaxBytes);
