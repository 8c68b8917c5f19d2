using ClassicBroker.Server.Logging;
using Microsoft.Extensions.Logging;
using NLog;
using NLog.Config;
using NLog.Extensions.Logging;
using NLog.Targets;

namespace ClassicBroker.Server.Tests.Logging;

[Collection(NLogCollection.Name)]
public sealed class NLogLevelsTests : IDisposable
{
    private readonly LogFactory _factory = new();
    private readonly MemoryTarget _server = new("server") { Layout = "${level} ${message}" };
    private readonly MemoryTarget _controller = new("controller") { Layout = "${level} ${message}" };
    private readonly NLogLevels _levels;

    public NLogLevelsTests()
    {
        var configuration = new LoggingConfiguration();
        configuration.LoggingRules.Add(new LoggingRule("kafka.controller.*", NLog.LogLevel.Info, _controller) { Final = true });
        configuration.LoggingRules.Add(new LoggingRule { LoggerNamePattern = "kafka.controller.*", FinalMinLevel = NLog.LogLevel.Off });
        configuration.LoggingRules.Add(new LoggingRule("*", NLog.LogLevel.Info, _server) { Final = true });
        _factory.Configuration = configuration;
        _levels = new NLogLevels(new NLogLoggerProvider(new NLogProviderOptions(), _factory), _factory);
    }

    public void Dispose()
    {
        _levels.Dispose();
        _factory.Dispose();
    }

    private static void Say(Microsoft.Extensions.Logging.ILogger logger, string text)
    {
        logger.LogDebug("{Text}", text);
        logger.LogInformation("{Text}", text);
        logger.LogError("{Text}", text);
    }

    [Fact]
    public void Loggers_are_listed_with_the_level_in_force()
    {
        _levels.CreateLogger("kafka.server.KafkaServer");
        _levels.CreateLogger("kafka.controller.KafkaController");
        Assert.Equal(
            ["kafka.controller.KafkaController=INFO", "kafka.server.KafkaServer=INFO", "root=INFO"],
            _levels.Current.Select(logger => $"{logger.Key}={logger.Value}"));
    }

    [Fact]
    public void A_changed_level_holds_at_once_and_what_it_lets_through_goes_where_it_went()
    {
        var controller = _levels.CreateLogger("kafka.controller.KafkaController");
        var server = _levels.CreateLogger("kafka.server.KafkaServer");
        _levels.Set("kafka.controller.KafkaController", "DEBUG");
        _levels.Set("kafka.server.KafkaServer", "ERROR");
        Say(controller, "c");
        Say(server, "s");
        Assert.Equal(["Debug c", "Info c", "Error c"], _controller.Logs);
        Assert.Equal(["Error s"], _server.Logs);
        Assert.Equal("DEBUG", _levels.Current["kafka.controller.KafkaController"]);
    }

    [Fact]
    public void Loggers_below_follow_unless_they_have_their_own_level()
    {
        _levels.CreateLogger("kafka.server");
        _levels.CreateLogger("kafka.server.A");
        _levels.CreateLogger("kafka.serverless");
        _levels.Set("kafka.server", "TRACE");
        _levels.Set("kafka.server.A", "WARN");
        var levels = _levels.Current;
        Assert.Equal(("TRACE", "WARN", "INFO"), (levels["kafka.server"], levels["kafka.server.A"], levels["kafka.serverless"]));
    }

    [Fact]
    public void The_root_level_is_that_of_all_who_have_no_rule_of_their_own()
    {
        var server = _levels.CreateLogger("kafka.server.KafkaServer");
        _levels.CreateLogger("kafka.controller.KafkaController");
        _levels.Set("root", "DEBUG");
        Say(server, "s");
        Assert.Equal(3, _server.Logs.Count);
        Assert.Equal("INFO", _levels.Current["kafka.controller.KafkaController"]);
        _levels.Set("root", "FATAL");
        Assert.Equal("FATAL", _levels.Current["kafka.server.KafkaServer"]);
    }

    [Fact]
    public void An_unset_level_is_the_configured_one_again()
    {
        var server = _levels.CreateLogger("kafka.server.KafkaServer");
        _levels.Set("kafka.server.KafkaServer", "ERROR");
        _levels.Unset("kafka.server.KafkaServer");
        Say(server, "s");
        Assert.Equal(["Info s", "Error s"], _server.Logs);
    }
}
