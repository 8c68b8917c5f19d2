using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;
using ClassicBroker.Server.Logging;

namespace ClassicBroker.Server.Config;

/// <summary>
/// The log levels of this broker as configs of a resource of their own (KIP-412): in force at once, and gone with the process. Loggers are
/// known by their own names and by those that Kafka gives the same matters. Stateless beside the levels; any loop.
/// </summary>
public sealed class LoggerConfigs(ILoggerLevels levels)
{
    private static readonly string[] LevelNames = ["DEBUG", "ERROR", "FATAL", "INFO", "TRACE", "WARN"];

    /// <summary>All loggers, sorted by name.</summary>
    public IReadOnlyList<ConfigEntry> Describe() =>
    [
        .. Levels().Select(logger => new ConfigEntry(
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
        var known = Levels();
        if (changes.Select(change => FaultOf(change, known)).FirstOrDefault(fault => fault is not null) is { } refusal)
        {
            return refusal;
        }

        foreach (var change in validateOnly ? [] : changes)
        {
            foreach (var logger in levels.Current.ContainsKey(change.Name) ? [change.Name] : KafkaLoggerNames.LoggersOf(change.Name))
            {
                if (change.Operation == ConfigOperation.Set)
                {
                    levels.Set(logger, change.Value!);
                }
                else
                {
                    levels.Unset(logger);
                }
            }
        }

        return null;
    }

    private SortedDictionary<string, string> Levels()
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in KafkaLoggerNames.All)
        {
            all[name] = levels.LevelOf(KafkaLoggerNames.LoggersOf(name)[0]);
        }

        foreach (var (logger, level) in levels.Current)
        {
            all[logger] = level;
        }

        return all;
    }

    private static AdminRefusal? FaultOf(ConfigChange change, SortedDictionary<string, string> known) =>
        change.Operation switch
        {
            ConfigOperation.Set or ConfigOperation.Delete when !known.ContainsKey(change.Name) =>
                new(ErrorCode.InvalidConfig, $"Logger {change.Name} does not exist!"),
            ConfigOperation.Set when !LevelNames.Contains(change.Value) => new(
                ErrorCode.InvalidConfig,
                $"Cannot set the log level of {change.Name} to {change.Value} as it is not a supported log level. "
                + $"Valid log levels are {string.Join(", ", LevelNames)}"),
            ConfigOperation.Set => null,
            ConfigOperation.Delete => change.Name == ILoggerLevels.Root
                ? new(ErrorCode.InvalidRequest, $"Removing the log level of the {ILoggerLevels.Root} logger is not allowed")
                : null,
            _ => new(
                ErrorCode.InvalidRequest,
                $"{change.Operation.ToString().ToUpperInvariant()} operation is not allowed for the BROKER_LOGGER resource"),
        };
}
