using Microsoft.Extensions.Logging;
using ClassicBroker.Server.Logging;
using NLog;
using NLog.Config;
using NLog.Extensions.Logging;

namespace ClassicBroker.Server.Tests.Logging;

/// <summary>The nlog.config that lies beside server.properties.</summary>
[Collection(NLogCollection.Name)]
public sealed class NLogConfigTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("nlog-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Every_log_has_its_file_and_its_level()
    {
        using (var factory = Open())
        {
            using var levels = new NLogLevels(new NLogLoggerProvider(new NLogProviderOptions(), factory), factory);
            foreach (var name in new[] { "kafka.controller.KafkaController", "state.change.logger", "kafka.log.LogCleaner", "kafka.request.logger", "kafka.server.KafkaServer" })
            {
                var logger = levels.CreateLogger(name);
                logger.LogDebug("debug of {Name}", name);
                logger.LogWarning("warning of {Name}", name);
            }

            Assert.Equal(("WARN", "INFO", "INFO"), (
                levels.Current["kafka.request.logger"], levels.Current["state.change.logger"], levels.Current["root"]));
            levels.Set("kafka.request.logger", "DEBUG");
            levels.CreateLogger("kafka.request.logger").LogDebug("now told");
        }

        Assert.Equal(["warning of kafka.controller.KafkaController"], Lines("controller.log"));
        Assert.Equal(["warning of state.change.logger"], Lines("state-change.log"));
        Assert.Equal(["warning of kafka.log.LogCleaner"], Lines("log-cleaner.log"));
        Assert.Equal(["warning of kafka.request.logger", "now told"], Lines("kafka-request.log"));
        Assert.Equal(["warning of kafka.server.KafkaServer"], Lines("server.log"));
    }

    private LogFactory Open()
    {
        var factory = new LogFactory();
        GlobalDiagnosticsContext.Set("kafka.logs.dir", _directory);
        ServerLogs.SetBroker(7);
        factory.Configuration = ServerLogs.Read(Path.Join(AppContext.BaseDirectory, "Logging", "nlog.config"), factory);
        return factory;
    }

    /// <summary>The messages of a log, between the broker they are of and the logger.</summary>
    private string[] Lines(string name) =>
        [.. File.ReadAllLines(Path.Join(_directory, name)).Select(line => line[(line.IndexOf(" [Broker id=7] ", StringComparison.Ordinal) + " [Broker id=7] ".Length)..].Split(" (")[0])];
}
