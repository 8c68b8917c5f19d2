using Microsoft.Extensions.Logging;

namespace ClassicBroker.Testing;

/// <summary>Keeps what is logged, one line an event, in the order it came. Threading: one thread.</summary>
public sealed class RecordingLoggers : ILoggerFactory, ILogger
{
    private readonly List<string> _lines = [];
    private readonly List<Func<string>> _unformatted = [];

    public List<string> Lines
    {
        get
        {
            _lines.AddRange(_unformatted.Select(format => format()));
            _unformatted.Clear();
            return _lines;
        }
    }

    /// <summary>
    /// Are lines put into words only when they are read? Most of a run's never are. What they tell of is then as it is by that time.
    /// </summary>
    public bool IsLazy { get; init; }

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
        string Format() => $"{logLevel}: {formatter(state, exception)}{(exception is null ? "" : $" {exception.Message}")}";
        if (IsLazy && Written is null)
        {
            _unformatted.Add(Format);
            return;
        }

        _lines.Add(Format());
        Written?.Invoke(_lines[^1]);
    }
}
