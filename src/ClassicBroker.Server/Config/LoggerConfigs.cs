using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;
using ClassicBroker.Server.Logging;

namespace ClassicBroker.Server.Config;

/// <summary>
/// The log levels of this broker as configs of a resource of their own (KIP-412): in force at once, and gone with the process. Stateless
/// beside the levels; any loop.
/// </summary>
public sealed class LoggerConfigs(ILoggerLevels levels)
{
    private static readonly string[] Levels = ["DEBUG", "ERROR", "FATAL", "INFO", "TRACE", "WARN"];

    /// <summary>All loggers, sorted by name.</summary>
    public IReadOnlyList<ConfigEntry> Describe() =>
    [
        .. levels.Current.Select(logger => new ConfigEntry(
            logger.Key,
            logger.Value,
            ConfigType.String,
            IsReadOnly: false,
            IsSensitive: false,
            ConfigSource.DynamicBrokerLogger,
            Synonyms: [],
            Documentation: null)),
    ];

    /// <summary>Changes levels: all of them, or with a refusal none.</summary>
    public AdminRefusal? Apply(IReadOnlyList<ConfigChange> changes, bool validateOnly)
    {
        var known = levels.Current;
        if (changes.Select(change => FaultOf(change, known)).FirstOrDefault(fault => fault is not null) is { } refusal)
        {
            return refusal;
        }

        foreach (var change in validateOnly ? [] : changes)
        {
            if (change.Operation == ConfigOperation.Set)
            {
                levels.Set(change.Name, change.Value!);
            }
            else
            {
                levels.Unset(change.Name);
            }
        }

        return null;
    }

    private static AdminRefusal? FaultOf(ConfigChange change, IReadOnlyDictionary<string, string> known) =>
        change.Operation switch
        {
            ConfigOperation.Set or ConfigOperation.Delete when !known.ContainsKey(change.Name) =>
                new(ErrorCode.InvalidConfig, $"Logger {change.Name} does not exist!"),
            ConfigOperation.Set when !Levels.Contains(change.Value) => new(
                ErrorCode.InvalidConfig,
                $"Cannot set the log level of {change.Name} to {change.Value} as it is not a supported log level. "
                + $"Valid log levels are {string.Join(", ", Levels)}"),
            ConfigOperation.Set => null,
            ConfigOperation.Delete => change.Name == ILoggerLevels.Root
                ? new(ErrorCode.InvalidRequest, $"Removing the log level of the {ILoggerLevels.Root} logger is not allowed")
                : null,
            _ => new(
                ErrorCode.InvalidRequest,
                $"{change.Operation.ToString().ToUpperInvariant()} operation is not allowed for the BROKER_LOGGER resource"),
        };
}
