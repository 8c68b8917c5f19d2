using Microsoft.Extensions.Logging;
using NLog;
using NLog.Config;

namespace ClassicBroker.Server.Logging;

/// <summary>
/// Remembers the loggers made by a provider and changes their levels by rules before those of the configuration: what such a rule lets
/// through goes wherever it would have gone. Owned by the executable. Threading: any; under its lock.
/// </summary>
internal sealed class NLogLevels(ILoggerProvider provider, LogFactory factory) : ILoggerProvider, ILoggerLevels
{
    private const string AnyLogger = "*";

    private readonly Lock _gate = new();
    private readonly SortedSet<string> _names = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, NLog.LogLevel> _own = new(StringComparer.Ordinal);
    private readonly LoggingRule[] _configured = [.. factory.Configuration?.LoggingRules ?? []];

    public IReadOnlyDictionary<string, string> Current
    {
        get
        {
            lock (_gate)
            {
                var levels = new SortedDictionary<string, string>(StringComparer.Ordinal)
                {
                    [ILoggerLevels.Root] = InForce(ILoggerLevels.Root),
                };
                foreach (var name in _names)
                {
                    levels[name] = InForce(name);
                }

                return levels;
            }
        }
    }

    public string LevelOf(string logger)
    {
        lock (_gate)
        {
            return InForce(logger);
        }
    }

    public Microsoft.Extensions.Logging.ILogger CreateLogger(string categoryName)
    {
        lock (_gate)
        {
            _names.Add(categoryName);
        }

        return provider.CreateLogger(categoryName);
    }

    public void Set(string logger, string level)
    {
        lock (_gate)
        {
            _own[logger] = NLog.LogLevel.FromString(level);
            Apply();
        }
    }

    public void Unset(string logger)
    {
        lock (_gate)
        {
            _own.Remove(logger);
            Apply();
        }
    }

    public void Dispose() => provider.Dispose();

    private string InForce(string name)
    {
        var logger = factory.GetLogger(name);
        var lowest = NLog.LogLevel.AllLoggingLevels.FirstOrDefault(logger.IsEnabled, NLog.LogLevel.Off);
        return lowest.Name.ToUpperInvariant();
    }

    private void Apply()
    {
        if (factory.Configuration is not { } configuration)
        {
            return;
        }

        configuration.LoggingRules.Clear();

        // The longer of two names is the one further down.
        foreach (var (name, level) in _own.Where(own => own.Key != ILoggerLevels.Root).OrderByDescending(own => own.Key.Length))
        {
            AddRules(configuration, name, level);
            AddRules(configuration, name + ".*", level);
        }

        foreach (var rule in _configured)
        {
            configuration.LoggingRules.Add(
                rule.LoggerNamePattern == AnyLogger && _own.TryGetValue(ILoggerLevels.Root, out var root) ? Copy(rule, root) : rule);
        }

        factory.ReconfigExistingLoggers();
    }

    private void AddRules(LoggingConfiguration configuration, string pattern, NLog.LogLevel level)
    {
        var rule = new LoggingRule { LoggerNamePattern = pattern, Final = true };
        rule.EnableLoggingForLevels(level, NLog.LogLevel.Fatal);
        foreach (var target in TargetsOf(pattern.TrimEnd('*').TrimEnd('.')))
        {
            rule.Targets.Add(target);
        }

        configuration.LoggingRules.Add(rule);

        // What the rule does not let through must not reach the rules behind it either.
        configuration.LoggingRules.Add(new LoggingRule { LoggerNamePattern = pattern, FinalMinLevel = NLog.LogLevel.Off });
    }

    /// <summary>Where the configuration sends what a logger says, up to the first rule that is final.</summary>
    private IEnumerable<NLog.Targets.Target> TargetsOf(string name)
    {
        List<NLog.Targets.Target> targets = [];
        foreach (var rule in _configured.Where(rule => rule.NameMatches(name)))
        {
            targets.AddRange(rule.Targets);
            if (rule.Final)
            {
                break;
            }
        }

        return targets.Distinct();
    }

    private static LoggingRule Copy(LoggingRule rule, NLog.LogLevel level)
    {
        var copy = new LoggingRule { LoggerNamePattern = rule.LoggerNamePattern, Final = rule.Final };
        copy.EnableLoggingForLevels(level, NLog.LogLevel.Fatal);
        foreach (var target in rule.Targets)
        {
            copy.Targets.Add(target);
        }

        return copy;
    }
}
