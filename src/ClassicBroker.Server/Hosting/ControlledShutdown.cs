using ClassicBroker.Controller.Requests;
using ClassicBroker.Metadata;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Control;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Hosting;

/// <summary>Asks the controller to move this broker's leaderships before it stops, a few times over. Used once, at the stop.</summary>
internal sealed partial class ControlledShutdown
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(1);

    private readonly ControllerGateway _controller;
    private readonly BrokerIdentity _identity;
    private readonly KafkaConfig _config;
    private readonly IEventLoop _loop;
    private readonly ILogger _logger;
    private readonly ShutdownProgress _progress;

    public ControlledShutdown(
        ControllerGateway controller,
        BrokerIdentity identity,
        DynamicBrokerConfig config,
        KafkaServerEnvironment environment,
        ShutdownProgress progress)
    {
        (_controller, _identity, _config, _loop) = (controller, identity, config.Current, environment.SchedulerLoop);
        _progress = progress;
        _logger = environment.Loggers.CreateLogger("kafka.server.KafkaServer");
    }

    public async Task RunAsync()
    {
        var attempts = _config.ControlledShutdownMaxRetries;
        LogStarting(_identity.BrokerId);
        while (attempts-- > 0)
        {
            if (await TryAsync())
            {
                LogSucceeded(_identity.BrokerId);
                return;
            }

            if (attempts > 0)
            {
                await _loop.DelayAsync(TimeSpan.FromMilliseconds(_config.ControlledShutdownRetryBackoffMs));
            }
        }

        LogGivingUp(_identity.BrokerId);
    }

    private async Task<bool> TryAsync()
    {
        var request = new ControlledShutdownRequest { BrokerId = _identity.BrokerId.Value, BrokerEpoch = _controller.BrokerEpoch };
        try
        {
            var answer = _controller.ControlledShutdownAsync(request, _config.InterBrokerProtocolVersion.ControlledShutdownVersion());
            while (!await _loop.IsSignalledWithinAsync(answer, ProgressInterval))
            {
                TellProgress();
            }

            var response = await answer;
            var isDone = response.ErrorCode == ErrorCode.None && response.RemainingPartitions.Length == 0;
            if (isDone)
            {
                _progress.End();
            }

            TellProgress();
            if (isDone)
            {
                return true;
            }

            LogRemaining(_identity.BrokerId, response.ErrorCode, response.RemainingPartitions.Length);
        }
        catch (BrokerUnreachableException unreachable)
        {
            LogUnreachable(_identity.BrokerId, unreachable.Message);
        }

        return false;
    }

    private void TellProgress() => LogProgress(_identity.BrokerId, _progress.Moved, _progress.Total, _progress.Percent);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "[KafkaServer id={BrokerId}] Controlled shutdown: {Moved} of {Total} leaderships have moved ({Percent} %)")]
    private partial void LogProgress(BrokerId brokerId, int moved, int total, int percent);

    [LoggerMessage(Level = LogLevel.Information, Message = "[KafkaServer id={BrokerId}] Starting controlled shutdown")]
    private partial void LogStarting(BrokerId brokerId);

    [LoggerMessage(Level = LogLevel.Information, Message = "[KafkaServer id={BrokerId}] Controlled shutdown succeeded")]
    private partial void LogSucceeded(BrokerId brokerId);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "[KafkaServer id={BrokerId}] Controlled shutdown is not done: {Error}, {Count} partitions remain")]
    private partial void LogRemaining(BrokerId brokerId, ErrorCode error, int count);

    [
        LoggerMessage(
            Level = LogLevel.Warning, Message = "[KafkaServer id={BrokerId}] Controlled shutdown did not reach the controller: {Reason}")
    ]
    private partial void LogUnreachable(BrokerId brokerId, string reason);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "[KafkaServer id={BrokerId}] Proceeding to do an unclean shutdown as all the controlled shutdown attempts failed")]
    private partial void LogGivingUp(BrokerId brokerId);
}
