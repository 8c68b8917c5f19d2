namespace ClassicBroker.Server.Logging;

/// <summary>The loggers of this process and their levels, changeable while it runs (KIP-412). Safe from any thread.</summary>
public interface ILoggerLevels
{
    /// <summary>The name of the logger whose level the others have that have none of their own.</summary>
    const string Root = "root";

    /// <summary>The level in force of every logger made so far, in log4j's words, by name.</summary>
    IReadOnlyDictionary<string, string> Current { get; }

    /// <summary>The level in force of a logger, whether or not it has been made.</summary>
    string LevelOf(string logger);

    /// <summary>Gives a logger, and those below it, a level of their own.</summary>
    /// <param name="logger">Its name.</param>
    /// <param name="level">FATAL, ERROR, WARN, INFO, DEBUG or TRACE.</param>
    void Set(string logger, string level);

    /// <summary>Gives a logger the level again that it has by the configuration.</summary>
    void Unset(string logger);
}
