using Microsoft.Extensions.Logging;

namespace ClassicBroker.AdminConsole.Hosted;

/// <summary>Has the broker log what the console logs, from level information on, under the console's categories. Threading: any.</summary>
internal sealed class LinkedLoggers(BrokerLink link) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Lines(link, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("All lines go to the broker.");

    public void Dispose()
    {
    }

    private sealed class Lines(BrokerLink link, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Information and < LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                var text = formatter(state, exception);
                link.Log(category, logLevel, exception is null ? text : $"{text}\n{exception}");
            }
        }
    }
}
