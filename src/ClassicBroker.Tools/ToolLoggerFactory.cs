using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Tools;

/// <summary>
/// Lets clients log to standard error as Kafka's tools do: warnings and worse, in the layout of log4j. Why ZooKeeper could not be reached
/// is kept for the tool, whose last words it belongs to. Safe from any thread.
/// </summary>
internal sealed class ToolLoggerFactory(Action<string, string, string> write) : ILoggerFactory
{
    private volatile string? _zooKeeperFailure;

    /// <summary>Why the last attempt to reach ZooKeeper failed; null where none did.</summary>
    public string? ZooKeeperFailure => _zooKeeperFailure;

    public ILogger CreateLogger(string categoryName) => new Logger(KafkaName(categoryName), this, write);

    public void AddProvider(ILoggerProvider provider) =>
        throw new NotSupportedException("Tools log to standard error and nowhere else");

    public void Dispose()
    {
    }

    /// <summary>Lines of our clients carry the names that those of Kafka's carry.</summary>
    private static string KafkaName(string category) => category switch
    {
        "ClassicBroker.Client.AdminClient" => "org.apache.kafka.clients.admin.KafkaAdminClient",
        "ClassicBroker.Client.KafkaConsumer" => "org.apache.kafka.clients.consumer.KafkaConsumer",
        "ClassicBroker.Client.KafkaProducer" => "org.apache.kafka.clients.producer.KafkaProducer",
        _ => category,
    };

    private sealed class Logger(string category, ToolLoggerFactory factory, Action<string, string, string> write) : ILogger
    {
        private readonly bool _isZooKeeper = category == typeof(ZooKeeperClient).FullName;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= (_isZooKeeper ? LogLevel.Information : LogLevel.Warning);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (_isZooKeeper && state is IReadOnlyList<KeyValuePair<string, object?>> values)
            {
                foreach (var (name, value) in values)
                {
                    factory._zooKeeperFailure = name == "Reason" ? value?.ToString() : factory._zooKeeperFailure;
                }
            }

            if (logLevel >= LogLevel.Warning)
            {
                write(logLevel == LogLevel.Warning ? "WARN" : "ERROR", formatter(state, exception), category);
            }
        }
    }
}
