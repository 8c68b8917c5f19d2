namespace ClassicBroker.Client;

/// <summary>The features of a cluster (KIP-584). Immutable.</summary>
/// <param name="Finalized">Those that are in force on all brokers, by name, with their levels; none where a broker cannot tell.</param>
/// <param name="FinalizedEpoch">Counts the changes of these; null where there are none, or a broker cannot tell.</param>
/// <param name="Supported">Those that the broker that was asked could put in force, by name.</param>
public sealed record FeatureMetadata(
    IReadOnlyList<FeatureLevels> Finalized, long? FinalizedEpoch, IReadOnlyList<FeatureLevels> Supported);
