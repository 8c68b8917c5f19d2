using System.Runtime.InteropServices;
using ClassicBroker.Operations;
using ClassicBroker.Platform;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Primitives;
using ClassicBroker.Server;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Config.Providers;
using ClassicBroker.Server.Hosting;
using ClassicBroker.Server.Logging;
using ClassicBroker.Server.Metrics;
using ClassicBroker.Transport;
using Microsoft.Extensions.Logging;

if (args.Length == 0 || args.Contains("--help"))
{
    Console.Error.WriteLine(CommandLine.Usage);
    return 1;
}

if (args.Contains("--version"))
{
    Console.WriteLine($"{ProductVersion.Kafka} (ClassicBroker {ProductVersion.Product}, commit {ProductVersion.Commit})");
    return 0;
}

if (args is ["--health", var question])
{
    return await HealthProbe.AskAsync(question, Console.Out, Console.Error);
}

var propertiesFile = Path.GetFullPath(args[0]);
var besideProperties = Path.Join(Path.GetDirectoryName(propertiesFile), "nlog.config");
var logDirectory = Path.GetFullPath(Environment.GetEnvironmentVariable("LOG_DIR") ?? Path.Join(AppContext.BaseDirectory, "logs"));
var time = TimeProvider.System;
ILoggerFactory loggers;
ILoggerLevels loggerLevels;
try
{
    (loggers, loggerLevels) = ServerLogs.Open(File.Exists(besideProperties) ? besideProperties : null, logDirectory);
}
catch (NLog.NLogConfigurationException failure)
{
    Console.Error.WriteLine($"FATAL {besideProperties} cannot be used: {failure.Message}");
    return 1;
}

using var untilExit = loggers;
var log = loggers.CreateLogger("kafka.Kafka$");

Dictionary<string, string> properties;
try
{
    properties = PropertiesFile.Read(
        propertiesFile, path => Directory.Exists(path) ? throw new IOException("Is a directory") : File.ReadAllBytes(path));
    foreach (var (key, value) in CommandLine.Parse(args).Overrides)
    {
        properties[key] = value;
    }

    ConfigProviders.Resolve(
        properties, new PosixFileSystem(), Environment.GetEnvironmentVariable, warning => log.LogWarning("{Warning}", warning));
}
catch (Exception failure) when (failure is ConfigException or MalformedDataException)
{
    return Refuse(failure.Message);
}

log.LogInformation(
    "Starting ClassicBroker {Version} (commit {Commit}) in place of Kafka {Kafka}: process {Process}, {Runtime}, LOG_DIR {LogDirectory}, "
        + "{Properties}",
    ProductVersion.Product,
    ProductVersion.Commit,
    ProductVersion.Kafka,
    Environment.ProcessId,
    RuntimeInformation.FrameworkDescription,
    logDirectory,
    propertiesFile);
foreach (var notice in JavaEnvironment.Notices(Environment.GetEnvironmentVariable))
{
    log.LogWarning("{Notice}", notice);
}

// A signal that comes while the broker starts is remembered and stops it once it has.
var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);

try
{
    var config = KafkaConfig.From(properties, "localhost");
    ServerLogs.SetBroker(config.BrokerId >= 0 ? config.BrokerId : null);
    await using var network = new EventLoopGroup(config.NumNetworkThreads, "kafka-network-thread-", time, Fatal);
    await using var zooKeeper = new EventLoopGroup(1, "zookeeper-client-", time, Fatal);
    await using var fetchers = new EventLoopGroup(config.NumReplicaFetchers, "ReplicaFetcherThread-", time, Fatal);
    // They hold connections to other brokers, so they are loops of the transport.
    await using var controller = new EventLoopGroup(1, "controller-event-thread-", time, Fatal);
    await using var scheduler = new EventLoopGroup(1, "kafka-timer-", time, Fatal);
    await using var replicaState = new ThreadEventLoop("replica-state", time, Fatal);
    await using var groups = new ThreadEventLoop("group-metadata-manager-0", time, Fatal);
    await using var transactions = new EventLoopGroup(1, "TxnMarkerSenderThread-", time, Fatal);
    await using var diskWork = new WorkerPool("kafka-scheduler", config.BackgroundThreads, Fatal);
    await using var moves = new WorkerPool("replica-alter-log-dirs", config.NumReplicaAlterLogDirsThreads, Fatal);
    await using var longReads = new WorkerPool("kafka-request-handler", config.NumIoThreads, Fatal);
    ThreadEventLoop[] recovery = [];
    var resolver = new SystemAddressResolver();
    var openFilesMax = OpenFileLimit.RaiseToMost();
    using var meters = new MeterScope(time);
    ThreadMetrics.Register(meters, network, longReads, time);
    ProcessMetrics.Register(meters, time, openFilesMax);
    KafkaServer? made = null;
    var health = new BrokerHealth(
        [network.Loops[0], scheduler.Loops[0], zooKeeper.Loops[0], controller.Loops[0]], () => Volatile.Read(ref made), time);
    await using var service = ServiceLink.Open(Environment.GetEnvironmentVariable, health, time);
    await using var operations = await OperationsListeners.OpenAsync(config, meters, health, loggers);
    var transport = new EpollTransport(network, resolver, loggers.CreateLogger<EpollTransport>());
    var files = new PosixFileSystem();
    await using var export = OtlpExport.Open(
        Environment.GetEnvironmentVariable,
        config,
        meters,
        () => new EventLoopGroup(1, "otlp-export-", time, Fatal),
        transport,
        files,
        time,
        loggers);
    await using var console = await HostedConsole.OpenAsync(config, meters, () => Volatile.Read(ref made), loggers, time);
    var systemProperties = JavaEnvironment.SystemProperties(Environment.GetEnvironmentVariable);
    await using var kerberos = new SystemKerberos(systemProperties.GetValueOrDefault(SystemKerberos.ConfigFileProperty), Fatal);
    var server = await KafkaServer.StartAsync(
        properties,
        new KafkaServerEnvironment
        {
            Files = files,
            Resolver = resolver,
            Transport = transport,
            Time = time,
            Random = new SystemRandomSource(),
            Loggers = loggers,
            LoggerLevels = loggerLevels,
            ZooKeeperLoop = zooKeeper.Loops[0],
            ControllerLoop = controller.Loops[0],
            SchedulerLoop = scheduler.Loops[0],
            ReplicaStateLoop = replicaState,
            GroupLoop = groups,
            TransactionLoop = transactions.Loops[0],
            DiskWork = diskWork,
            LongReads = longReads,
            LogDirMoves = moves,
            OpenFilesMax = openFilesMax,
            Meters = meters,
            Activities = export?.Activities,
            Created = server => Volatile.Write(ref made, server),
            Reconfigured = changed =>
            {
                network.Count = changed.NumNetworkThreads;
                diskWork.ThreadsMax = changed.BackgroundThreads;
                longReads.ThreadsMax = changed.NumIoThreads;
            },
            FetcherLoops = count =>
            {
                fetchers.Count = count;
                return [.. fetchers.Loops.Take(count)];
            },
            RecoveryLoops = count => recovery =
                [.. Enumerable.Range(0, count).Select(number => new ThreadEventLoop($"log-recovery-{number}", time, Fatal))],
            CanonicalHostName = Environment.MachineName,
            SystemProperties = systemProperties,
            Kerberos = kerberos,
            JmxPort = JavaEnvironment.JmxPort(Environment.GetEnvironmentVariable),
            Halt = Halt,
        });
    ServerLogs.SetBroker(server.Identity.BrokerId.Value);
    foreach (var loop in recovery)
    {
        await loop.DisposeAsync();
    }

    // What only the start needed goes back to the system: a broker at rest would keep it for a long time.
    CleanPages.Release();
    GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
    using var settled = CleanPages.ReleaseWhenSettled(time);
    service?.Ready();
    await stop.Task;
    service?.Stopping();
    await server.StopAsync();
    return 0;
}
catch (Exception failure) when (failure is StartException or ConfigException)
{
    return Refuse(failure.Message);
}
catch (Exception unforeseen) when (unforeseen is not OutOfMemoryException)
{
    log.LogCritical(unforeseen, "Exiting Kafka due to fatal exception");
    return 1;
}

int Refuse(string reason)
{
    log.LogCritical("Exiting Kafka due to fatal exception: {Reason}", reason);
    return 1;
}

void OnSignal(PosixSignalContext signal)
{
    signal.Cancel = true;
    log.LogInformation("Terminating process due to signal {Signal}", signal.Signal);
    stop.TrySetResult();
}

void Fatal(Exception failure)
{
    log.LogCritical(failure, "Stopping the process: an event loop met what must not happen");
    NLog.LogManager.Flush(TimeSpan.FromSeconds(2));
    Environment.FailFast(failure.Message, failure);
}

void Halt(int code)
{
    log.LogCritical("Halting Kafka.");
    NLog.LogManager.Flush(TimeSpan.FromSeconds(2));
    Environment.Exit(code);
}
