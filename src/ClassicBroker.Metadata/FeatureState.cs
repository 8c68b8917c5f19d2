namespace ClassicBroker.Metadata;

/// <summary>The finalised features and the version of their znode, which clients see as the epoch of the features.</summary>
public sealed record FeatureState(FinalizedFeatures Features, int Epoch);
