using Microsoft.Extensions.Logging;
using NLog;
using NLog.Config;
using NLog.Extensions.Logging;
using NLog.Targets;
using NLog.Targets.Wrappers;

namespace ClassicBroker.Server.Logging;

/// <summary>
/// The broker's log files under Kafka's names and in Kafka's line layout, and the console. Set up once by the executable, from an
/// <c>nlog.config</c> where there is one; the built-in set-up costs no XML and so no start-up time.
/// </summary>
internal static class ServerLogs
{
    private const string Exception = "${onexception:inner=${newline}${exception:format=tostring}}";
    private const string ConsoleLayout =
        @"[${date:format=yyyy-MM-dd HH\:mm\:ss,fff}] ${level:uppercase=true} ${message} (${logger})" + Exception;

    /// <summary>Brokers may share a directory, and then each line says whose it is.</summary>
    private const string FileLayout =
        @"[${date:format=yyyy-MM-dd HH\:mm\:ss,fff}] ${level:uppercase=true} [${gdc:item=kafka.broker}] ${message} (${logger})" + Exception;

    private const int QueueLimit = 10_000;
    private const long FileBytesMax = 100 * 1024 * 1024;
    private const int FilesMax = 10;

    /// <summary>Loggers that write to these files until the factory is disposed.</summary>
    /// <param name="configuration">An <c>nlog.config</c> to use instead of the built-in set-up; null where there is none.</param>
    /// <param name="directory">Where the files go, <c>kafka.logs.dir</c>.</param>
    public static (ILoggerFactory Loggers, ILoggerLevels Levels) Open(string? configuration, string directory)
    {
        GlobalDiagnosticsContext.Set("kafka.logs.dir", directory);
        SetBroker(brokerId: null);
        LogManager.Configuration = configuration is null ? BuiltIn(directory) : Read(configuration, LogManager.LogFactory);
        var nlog = new NLogLoggerProvider(new NLogProviderOptions { ShutdownOnDispose = true });
        var levels = new NLogLevels(nlog, LogManager.LogFactory);
        return (new LoggerFactory([levels], new LoggerFilterOptions { MinLevel = Microsoft.Extensions.Logging.LogLevel.Trace }), levels);
    }

    /// <summary>Says whose lines the files get from now on; without an id it is the process's.</summary>
    public static void SetBroker(int? brokerId) =>
        GlobalDiagnosticsContext.Set("kafka.broker", brokerId is { } id ? $"Broker id={id}" : $"Broker pid={Environment.ProcessId}");

    /// <summary>An <c>nlog.config</c>, which may name the targets of this project.</summary>
    public static LoggingConfiguration Read(string path, LogFactory factory)
    {
        factory.Setup().SetupExtensions(extensions => extensions.RegisterTarget<SharedFileTarget>("SharedFile"));
        return new XmlLoggingConfiguration(path, factory);
    }

    private static LoggingConfiguration BuiltIn(string directory)
    {
        var configuration = new LoggingConfiguration();
        Route(configuration, "kafka.controller.*", NLog.LogLevel.Info, InBackground(ToFile(directory, "controller.log")));
        Route(configuration, "state.change.logger", NLog.LogLevel.Info, InBackground(ToFile(directory, "state-change.log")));
        Route(configuration, "kafka.request.logger", NLog.LogLevel.Warn, InBackground(ToFile(directory, "kafka-request.log")));
        Route(configuration, "kafka.authorizer.logger", NLog.LogLevel.Info, InBackground(ToFile(directory, "kafka-authorizer.log")));
        Route(configuration, "kafka.log.LogCleaner", NLog.LogLevel.Info, InBackground(ToFile(directory, "log-cleaner.log")));
        var console = new ConsoleTarget("console") { Layout = ConsoleLayout, AutoFlush = true };
        Route(configuration, "*", NLog.LogLevel.Info, InBackground(console), InBackground(ToFile(directory, "server.log")));
        return configuration;
    }

    private static void Route(LoggingConfiguration configuration, string loggers, NLog.LogLevel minimum, params Target[] targets)
    {
        var rule = new LoggingRule(loggers, minimum, targets[0]) { Final = true };
        foreach (var further in targets.Skip(1))
        {
            rule.Targets.Add(further);
        }

        // What the rule does not let through must not reach the rules behind it either.
        if (minimum > NLog.LogLevel.Trace && loggers != "*")
        {
            configuration.LoggingRules.Add(rule);
            configuration.LoggingRules.Add(new LoggingRule { LoggerNamePattern = loggers, FinalMinLevel = NLog.LogLevel.Off });
            return;
        }

        configuration.LoggingRules.Add(rule);
    }

    private static SharedFileTarget ToFile(string directory, string name) =>
        new(name)
        {
            FileName = Path.Join(directory, name),
            Layout = FileLayout,
            ArchiveAboveSize = FileBytesMax,
            MaxArchiveFiles = FilesMax,
        };

    /// <summary>No loop ever waits for a log file. Where the writer cannot keep up the oldest lines go first.</summary>
    private static AsyncTargetWrapper InBackground(Target target) =>
        new($"{target.Name}-queue", target)
        {
            QueueLimit = QueueLimit,
            OverflowAction = AsyncTargetWrapperOverflowAction.Discard,
            TimeToSleepBetweenBatches = 1,
        };
}
