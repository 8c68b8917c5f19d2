namespace ClassicBroker.Metadata.Znodes;

/// <summary>
/// <c>/feature</c>: the finalised features (KIP-584). Version 2 (KIP-778) has no minimum levels; the features of version 1 have 1 there.
/// </summary>
public static class FeatureZnode
{
    public const string Path = "/feature";

    private const int Enabled = 1;
    private const int Disabled = 0;
    private const int LowestLevel = 1;

    /// <summary>The version of the format that brokers of a protocol version write.</summary>
    public static int FormatVersion(MetadataVersion interBrokerProtocol) => interBrokerProtocol.SupportsFeatureZnodeV2() ? 2 : 1;

    public static byte[] Encode(FinalizedFeatures features, MetadataVersion interBrokerProtocol)
    {
        var version = FormatVersion(interBrokerProtocol);
        return ZnodeWriter.Object(json =>
        {
            // The order of the keys is Kafka's.
            json.WriteStartObject("features");
            foreach (var (name, level) in features.MaxVersionLevels)
            {
                json.WriteStartObject(name);
                if (version == 1)
                {
                    json.WriteNumber("min_version_level", LowestLevel);
                }

                json.WriteNumber("max_version_level", level);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteNumber("version", version);
            json.WriteNumber("status", features.Enabled ? Enabled : Disabled);
        });
    }

    public static FinalizedFeatures Decode(ReadOnlySpan<byte> data) => Decode(data, out _);

    public static FinalizedFeatures Decode(ReadOnlySpan<byte> data, out int formatVersion)
    {
        var json = ZnodeReader.Parse(Path, data);
        formatVersion = json.Int("version");
        if (formatVersion is < 1 or > 2)
        {
            throw json.Wrong("version", "1 or 2");
        }

        var levels = new SortedDictionary<string, short>(StringComparer.Ordinal);
        foreach (var (name, feature) in json.ObjectsByName("features"))
        {
            levels[name] = feature.Short("max_version_level");
        }

        return new(json.Int("status") == Enabled, levels);
    }
}
