using ClassicBroker.Server.Logging;

namespace ClassicBroker.Simulation.Clusters;

/// <summary>Log levels that do not change.</summary>
internal sealed class UnchangingLoggerLevels : ILoggerLevels
{
    public IReadOnlyDictionary<string, string> Current { get; } = new SortedDictionary<string, string> { [ILoggerLevels.Root] = "INFO" };

    public string LevelOf(string logger) => Current[ILoggerLevels.Root];

    public void Set(string logger, string level) => throw new NotSupportedException();

    public void Unset(string logger) => throw new NotSupportedException();
}
