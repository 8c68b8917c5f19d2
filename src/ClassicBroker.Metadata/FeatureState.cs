namespace ClassicBroker.Metadata;

/// <summary>
/// The finalised features, the version of their znode, which clients see as the epoch of the features, and that of its format.
/// </summary>
public sealed record FeatureState(FinalizedFeatures Features, int Epoch, int FormatVersion);
