using ClassicBroker.Metadata;
using ClassicBroker.Server.Config;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// What a start tells of its configuration: the whole of it, and each key that does not do what it seems to ask for. Used once, at start.
/// </summary>
internal static class ConfigNotices
{
    private const string FormatVersion = "log.message.format.version";

    public static void Tell(KafkaConfig config, ServerTrace trace)
    {
        trace.ConfigValues(ConfigListing.Of(config));
        foreach (var key in config.UnknownKeys())
        {
            if (KeySuggestion.For(key) is { } near)
            {
                trace.MisspeltKey(key, near);
            }
            else
            {
                trace.UnknownKey(key);
            }
        }

        foreach (var key in config.IdleListenerKeys())
        {
            trace.IdleListenerKey(key);
        }

        foreach (var key in config.InertKeys())
        {
            trace.InertKey(key.Name, key.InertBecause!);
        }

        if (config.Originals.ContainsKey(FormatVersion) && config.InterBrokerProtocolVersion >= MetadataVersion.IBP_3_0_IV0)
        {
            trace.IgnoredFormat(
                config.Values.String(FormatVersion), config.InterBrokerProtocolName);
        }
    }
}
