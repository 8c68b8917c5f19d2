namespace ClassicBroker.Metadata;

/// <summary>Versions of a feature a broker supports (KIP-584).</summary>
public readonly record struct FeatureRange(short MinVersion, short MaxVersion);
