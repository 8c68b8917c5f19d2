using Microsoft.Extensions.Logging;

namespace ClassicBroker.AdminConsole;

/// <summary>Loggers whose lines all go to one place, from level information on. Threading: any.</summary>
internal abstract class LineLoggers : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Lines(this, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("All lines go to one place.");

    public void Dispose()
    {
    }

    /// <summary>Takes a line, and the exception that it tells of where there is one. Any thread.</summary>
    protected abstract void Write(string category, LogLevel level, string text, Exception? exception);

    private sealed class Lines(LineLoggers owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Information and < LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                owner.Write(category, logLevel, formatter(state, exception), exception);
            }
        }
    }
}
