using ClassicBroker.Primitives;

namespace ClassicBroker.Storage;

/// <summary>A leader epoch and the offset of the first record its leader appended.</summary>
public readonly record struct EpochEntry(LeaderEpoch Epoch, long StartOffset);
