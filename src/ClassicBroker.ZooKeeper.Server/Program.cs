using System.Globalization;
using System.Runtime.InteropServices;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Transport;
using ClassicBroker.ZooKeeper.Server;
using Microsoft.Extensions.Logging;
using NLog.Config;
using NLog.Extensions.Logging;
using NLog.Targets;

if (args.Length is 0 or > 4)
{
    Console.Error.WriteLine("USAGE: zookeeper-server-start.sh [-daemon] zookeeper.properties");
    Console.Error.WriteLine("       zookeeper-server-start.sh [-daemon] port datadir [ticktime] [maxcnxns]");
    return 1;
}

// The lines Kafka's own ZooKeeper writes, which its users' tools look for.
using var logFactory = new NLog.LogFactory();
var logging = new LoggingConfiguration(logFactory);
logging.AddRule(NLog.LogLevel.Info, NLog.LogLevel.Fatal, new ConsoleTarget("console")
{
    Layout = "[${date:format=yyyy-MM-dd HH\\:mm\\:ss,fff}] ${level:uppercase=true} ${message}"
        + "${onexception:inner=${newline}${exception:format=tostring}} (${logger})",
});
logFactory.Configuration = logging;
using var loggers = new NLogLoggerFactory(new NLogLoggerProvider(new NLogProviderOptions(), logFactory));
var logger = loggers.CreateLogger("org.apache.zookeeper.server.ZooKeeperServerMain");

ZooKeeperServerConfig config;
try
{
    config = ReadConfig();
}
catch (Exception failure) when (failure is MalformedDataException or IOException or UnauthorizedAccessException)
{
    logger.LogError("Invalid config, exiting abnormally: {Reason}", failure.Message);
    return 1;
}

var exitCode = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var hungUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
await using var group = new EventLoopGroup(1, "zookeeper-thread-", TimeProvider.System, Fatal);
var transport = new EpollTransport(group, new SystemAddressResolver(), loggers.CreateLogger<EpollTransport>());
try
{
    var host = await ZooKeeperServerHost.StartAsync(config, new PosixFileSystem(), transport, group.Loops[0], logger);
    logger.LogInformation("binding to port {Address}", BoundAddress(host));
    host.Failed.GetAwaiter().OnCompleted(() => exitCode.TrySetResult(1));
    var code = await exitCode.Task;
    await host.StopAsync();
    return code;
}
catch (Exception failure) when (failure is StorageException or MalformedDataException or BindException)
{
    logger.LogError("Unexpected exception, exiting abnormally: {Reason}", failure.Message);
    return 1;
}

ZooKeeperServerConfig ReadConfig()
{
    if (args.Length == 1)
    {
        return ZooKeeperServerConfigParser.Parse(
            JavaProperties.Parse(File.ReadAllBytes(args[0])), warning => logger.LogWarning("{Warning}", warning));
    }

    string[] keys = ["clientPort", "dataDir", "tickTime", "maxClientCnxns"];
    return ZooKeeperServerConfigParser.Parse(keys.Zip(args).ToDictionary(pair => pair.First, pair => pair.Second), _ => { });
}

string BoundAddress(ZooKeeperServerHost host)
{
    var port = host.LocalEndPoint.Port.ToString(CultureInfo.InvariantCulture);
    return config.ClientPortAddress is { } address ? $"{address}/{host.LocalEndPoint.Address}:{port}" : $"0.0.0.0/0.0.0.0:{port}";
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    logger.LogInformation("Terminating process due to signal {Signal}", signal.Signal);
    exitCode.TrySetResult(0);
}

void Fatal(Exception failure)
{
    logger.LogCritical(failure, "Stopping: the server is wrong about its own state");
    loggers.Dispose();
    Environment.Exit(1);
}
