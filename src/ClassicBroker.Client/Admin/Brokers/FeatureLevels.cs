namespace ClassicBroker.Client;

/// <summary>A feature (KIP-584) and a range of its levels.</summary>
/// <param name="Feature">The feature.</param>
/// <param name="Min">The lowest level.</param>
/// <param name="Max">The highest level.</param>
public readonly record struct FeatureLevels(string Feature, short Min, short Max);
