namespace ClassicBroker.Metadata;

/// <summary>The outcome of winning an election: the controller epoch, and the version of its znode that fences our writes.</summary>
public readonly record struct ElectedController(int Epoch, int EpochZkVersion);
