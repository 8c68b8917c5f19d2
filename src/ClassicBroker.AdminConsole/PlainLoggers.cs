using System.Globalization;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.AdminConsole;

/// <summary>Logs lines in the layout of Kafka's own to a writer, from level information on: for the console alone. Threading:
/// any.</summary>
internal sealed class PlainLoggers(TextWriter output) : ILoggerFactory
{
    private readonly TextWriter _output = TextWriter.Synchronized(output);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Lines(_output, categoryName);

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("All lines go to one writer.");

    /// <inheritdoc/>
    public void Dispose() => _output.Flush();

    private sealed class Lines(TextWriter output, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Information and < LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
            {
                return;
            }

            var now = TimeProvider.System.GetLocalNow().ToString("yyyy-MM-dd HH:mm:ss,fff", CultureInfo.InvariantCulture);
            var level = logLevel switch
            {
                LogLevel.Information => "INFO",
                LogLevel.Warning => "WARN",
                LogLevel.Error => "ERROR",
                _ => "FATAL",
            };
            output.WriteLine(exception is null
                ? $"[{now}] {level} {formatter(state, exception)} ({category})"
                : $"[{now}] {level} {formatter(state, exception)} ({category})\n{exception}");
            output.Flush();
        }
    }
}
