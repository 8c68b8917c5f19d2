using ClassicBroker.Platform;
using ClassicBroker.Server.Hosting;
using ClassicBroker.Server.Metrics;
using ClassicBroker.Storage;

namespace ClassicBroker.Server.Parts;

/// <summary>
/// The log directories. One that fails takes its replicas offline here first, then the controller is told. Threading: started and stopped
/// on disk work; any otherwise.
/// </summary>
internal sealed class LogsPart(BrokerCore core, ClusterPart cluster, ConfigurationPart configuration) : BrokerPart
{
    private readonly BackgroundWork _failures = new("log-directory-failure", core.Environment.SchedulerLoop);

    public LogStore Logs { get; private set; } = null!;

    /// <summary>Told of a directory that has failed, before the controller is; null while no replica is hosted.</summary>
    public Action<LogDirectory>? TakeOffline { get; set; }

    public override async Task StartAsync()
    {
        var environment = core.Environment;
        core.State = BrokerState.Recovery;
        LogMetrics.Register(core.Meters, core.Loading);
        Logs = await BrokerLogs.OpenAsync(
            core.Config, environment, configuration.Topics, core.Loading, LogMetrics.FlushTime(core.Meters), OnDirectoryFailed);
        LogMetrics.Register(core.Meters, Logs);
        configuration.Topics.Logs = Logs;
        if (BrokerLogs.WantedFiles(Logs, environment.OpenFilesMax) is var wanted && wanted > environment.OpenFilesMax)
        {
            core.Trace.OpenFileLimitLow(environment.OpenFilesMax, Logs.Logs.Count, wanted);
        }

        if (Logs.Cleaner is { } cleaner)
        {
            core.Config.OnChange(changed => environment.DiskWork.Execute(() => cleaner.Reconfigure(BrokerLogs.Cleaner(changed)!)));
        }

        Logs.Start();
    }

    /// <summary>Has the controller look at this broker's replicas once more.</summary>
    public void TellController() => _failures.Run(
        () => new LogDirFailureNotice(cluster.Store.Notifications, core.Environment.SchedulerLoop, core.Trace)
            .GiveAsync(cluster.Identity.BrokerId));

    public override Task StopAsync() => core.Environment.DiskWork.RunAsync(Logs.Close);

    private void OnDirectoryFailed(LogDirectory directory)
    {
        TakeOffline?.Invoke(directory);
        TellController();
    }
}
