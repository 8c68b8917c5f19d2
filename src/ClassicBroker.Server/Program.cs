using System.Reflection;
using System.Runtime.InteropServices;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Server;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Hosting;
using ClassicBroker.Server.Logging;
using ClassicBroker.Transport;
using Microsoft.Extensions.Logging;

if (args.Length == 0 || args.Contains("--help"))
{
    Console.Error.WriteLine(CommandLine.Usage);
    return 1;
}

if (args.Contains("--version"))
{
    Console.WriteLine($"3.9.0 (ClassicBroker {Assembly.GetExecutingAssembly().GetName().Version})");
    return 0;
}

Dictionary<string, string> properties;
string propertiesFile;
try
{
    var commandLine = CommandLine.Parse(args);
    propertiesFile = Path.GetFullPath(commandLine.PropertiesFile);
    properties = JavaProperties.Parse(File.ReadAllBytes(propertiesFile));
    foreach (var (key, value) in commandLine.Overrides)
    {
        properties[key] = value;
    }
}
catch (Exception failure) when (failure is ConfigException or MalformedDataException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}

var besideProperties = Path.Join(Path.GetDirectoryName(propertiesFile), "nlog.config");
var logDirectory = Environment.GetEnvironmentVariable("LOG_DIR") ?? Path.Join(AppContext.BaseDirectory, "logs");
var (loggers, loggerLevels) = ServerLogs.Open(File.Exists(besideProperties) ? besideProperties : null, logDirectory);
using var untilExit = loggers;
var log = loggers.CreateLogger("kafka.Kafka$");
if (Environment.GetEnvironmentVariable("KAFKA_LOG4J_OPTS") is { Length: > 0 } log4j)
{
    log.LogWarning(
        "KAFKA_LOG4J_OPTS={Options} is for log4j and is not read here. An nlog.config beside {Properties} sets up the logs", log4j, propertiesFile);
}

var time = TimeProvider.System;
void Fatal(Exception failure)
{
    log.LogCritical(failure, "Stopping the process: an event loop met what must not happen");
    NLog.LogManager.Flush(TimeSpan.FromSeconds(2));
    Environment.FailFast(failure.Message, failure);
}

void Halt(int code)
{
    NLog.LogManager.Flush(TimeSpan.FromSeconds(2));
    Environment.Exit(code);
}

// A signal that comes while the broker starts is remembered and stops it once it has.
var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
void OnSignal(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.TrySetResult();
}

using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);

try
{
    var config = KafkaConfig.From(properties, "localhost");
    await using var network = new EventLoopGroup(config.NumNetworkThreads, "kafka-network-thread-", time, Fatal);
    await using var zooKeeper = new EventLoopGroup(1, "zookeeper-client-", time, Fatal);
    await using var controller = new ThreadEventLoop("controller-event-thread", time, Fatal);
    await using var scheduler = new ThreadEventLoop("kafka-timer", time, Fatal);
    await using var replicaState = new ThreadEventLoop("replica-state", time, Fatal);
    await using var diskWork = new WorkerPool("kafka-scheduler", config.Values.Int("background.threads"), Fatal);
    var recovery = Enumerable.Range(0, config.LogDirs.Count * config.NumRecoveryThreadsPerDataDir)
        .Select(number => new ThreadEventLoop($"log-recovery-{number}", time, Fatal)).ToArray();
    var resolver = new SystemAddressResolver();
    var server = await KafkaServer.StartAsync(
        properties,
        new KafkaServerEnvironment
        {
            Files = new PosixFileSystem(),
            Resolver = resolver,
            Transport = new EpollTransport(network, resolver, loggers.CreateLogger<EpollTransport>()),
            Time = time,
            Random = new SystemRandomSource(),
            Loggers = loggers,
            LoggerLevels = loggerLevels,
            ZooKeeperLoop = zooKeeper.Loops[0],
            ControllerLoop = controller,
            SchedulerLoop = scheduler,
            ReplicaStateLoop = replicaState,
            DiskWork = diskWork,
            RecoveryLoops = recovery,
            CanonicalHostName = Environment.MachineName,
            Halt = Halt,
        });
    foreach (var loop in recovery)
    {
        await loop.DisposeAsync();
    }

    await stop.Task;
    await server.StopAsync();
    return 0;
}
catch (Exception failure) when (failure is StartException or ConfigException)
{
    log.LogCritical("Exiting Kafka due to fatal exception: {Reason}", failure.Message);
    NLog.LogManager.Flush(TimeSpan.FromSeconds(2));
    return 1;
}
