using System.Text;

namespace ClassicBroker.Server.Config;

/// <summary>The effective configuration as Kafka writes it to its log at start. Stateless.</summary>
internal static class ConfigListing
{
    private const string HiddenPassword = "[hidden]";

    /// <summary>A heading and a line for each key of Kafka 3.9, and for others that are set, sorted; passwords hidden.</summary>
    public static string Of(KafkaConfig config)
    {
        var listing = new StringBuilder("KafkaConfig values: \n");
        foreach (var key in BrokerConfigDefinition.Keys.Keys.Where(key => IsListed(key, config)))
        {
            listing.Append('\t').Append(key.Name).Append(" = ").Append(Text(key, config.Values[key.Name])).Append('\n');
        }

        return listing.ToString();
    }

    private static bool IsListed(ConfigKey key, KafkaConfig config) =>
        key is { IsRetired: false, IsOwn: false, UpdateMode: not ConfigUpdateMode.DynamicOnly } || config.Originals.ContainsKey(key.Name);

    private static string Text(ConfigKey key, object? value) =>
        value switch
        {
            null => "null",
            _ when key.IsSensitive => HiddenPassword,
            IReadOnlyList<string> list => $"[{string.Join(", ", list)}]",
            _ when key.Type == ConfigType.Class => $"class {value}",
            _ => ConfigText.Of(value)!,
        };
}
