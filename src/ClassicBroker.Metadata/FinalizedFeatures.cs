namespace ClassicBroker.Metadata;

/// <summary>What the feature znode holds: whether feature versioning is on, and the level each feature is finalised at (KIP-584).</summary>
public sealed record FinalizedFeatures(bool Enabled, IReadOnlyDictionary<string, short> MaxVersionLevels)
{
    public static readonly FinalizedFeatures EnabledEmpty = new(true, new SortedDictionary<string, short>(StringComparer.Ordinal));

    public static readonly FinalizedFeatures DisabledEmpty = new(false, new SortedDictionary<string, short>(StringComparer.Ordinal));
}
