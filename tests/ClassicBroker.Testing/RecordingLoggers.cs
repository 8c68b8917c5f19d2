using Microsoft.Extensions.Logging;

namespace ClassicBroker.Testing;

/// <summary>Keeps what is logged, one line an event, in the order it came. Threading: one thread.</summary>
public sealed class RecordingLoggers : ILoggerFactory, ILogger
{
    public List<string> Lines { get; } = [];

    /// <summary>Told of each line as it comes.</summary>
    public Action<string>? Written { get; set; }

    /// <summary>Events below are off: by default what a quiet broker logs.</summary>
    public LogLevel MinLevel { get; set; } = LogLevel.Information;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= MinLevel;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Lines.Add($"{logLevel}: {formatter(state, exception)}{(exception is null ? "" : $" {exception.Message}")}");
        Written?.Invoke(Lines[^1]);
    }
}
