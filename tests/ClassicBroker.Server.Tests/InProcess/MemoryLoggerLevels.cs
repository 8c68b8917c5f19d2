using ClassicBroker.Server.Logging;

namespace ClassicBroker.Server.Tests.InProcess;

/// <summary>Two loggers whose levels are only remembered. Threading: the test's thread.</summary>
internal sealed class MemoryLoggerLevels : ILoggerLevels
{
    private readonly SortedDictionary<string, string> _levels = new(StringComparer.Ordinal) { ["kafka.server"] = "INFO", [ILoggerLevels.Root] = "INFO" };

    public IReadOnlyDictionary<string, string> Current => _levels;

    public string LevelOf(string logger) => _levels.GetValueOrDefault(logger, _levels[ILoggerLevels.Root]);

    public void Set(string logger, string level) => _levels[logger] = level;

    public void Unset(string logger) => _levels[logger] = _levels[ILoggerLevels.Root];
}
