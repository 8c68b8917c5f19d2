using Microsoft.Extensions.Logging;

namespace ClassicBroker.Tools;

/// <summary>
/// Lets clients log to standard error as Kafka's tools do: warnings and worse, in the layout of log4j. Safe from any thread.
/// </summary>
internal sealed class ToolLoggerFactory(Action<string, string, string> write) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, write);

    public void AddProvider(ILoggerProvider provider) =>
        throw new NotSupportedException("Tools log to standard error and nowhere else");

    public void Dispose()
    {
    }

    private sealed class Logger(string category, Action<string, string, string> write) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                write(logLevel == LogLevel.Warning ? "WARN" : "ERROR", formatter(state, exception), category);
            }
        }
    }
}
