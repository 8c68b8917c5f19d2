using ClassicBroker.Operations.Consoles;
using static ClassicBroker.Server.Config.ConfigKey;

namespace ClassicBroker.Server.Config.Keys;

/// <summary>
/// The admin console's keys, which Kafka does not have; not shown by DescribeConfigs, so that tools of Kafka see its keys only.
/// </summary>
internal static class ConsoleKeys
{
    public static IReadOnlyList<ConfigKey> Keys { get; } =
    [
        .. ConsoleConfigKeys.All.Select(key => (ConsoleConfigKeys.Secrets.Contains(key.Key)
            ? Password(key.Key, key.Default, key.Meaning)
            : String(key.Key, key.Default, key.Meaning)).Own()),
    ];
}
