using ClassicBroker.Server.Logging;

namespace ClassicBroker.TestHost;

/// <summary>Levels are those of the application's loggers; a broker in a test changes none. Stateless.</summary>
internal sealed class NoLoggerLevels : ILoggerLevels
{
    public IReadOnlyDictionary<string, string> Current { get; } =
        new SortedDictionary<string, string>(StringComparer.Ordinal) { [ILoggerLevels.Root] = "INFO" };

    public string LevelOf(string logger) => Current[ILoggerLevels.Root];

    public void Set(string logger, string level)
    {
    }

    public void Unset(string logger)
    {
    }
}
