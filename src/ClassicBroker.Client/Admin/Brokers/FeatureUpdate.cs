namespace ClassicBroker.Client;

/// <summary>The level a finalized feature is to have (KIP-584).</summary>
/// <param name="Feature">The feature.</param>
/// <param name="MaxVersionLevel">The level; 0 removes the feature.</param>
/// <param name="Type">Which way it may go.</param>
public readonly record struct FeatureUpdate(string Feature, short MaxVersionLevel, FeatureUpdateType Type);
