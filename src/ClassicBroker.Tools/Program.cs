using System.Runtime.InteropServices;
using ClassicBroker.Client;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Tools;
using ClassicBroker.Tools.ZooKeeperAccess;
using ClassicBroker.Transport;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

// Entry point of kafka-tools, the one executable behind every script but the servers': it chooses the real streams, files, clock and
// network, and leaves the rest to ToolRunner.
const int OutputBufferBytes = 64 * 1024;
const int Sigint = 2;
const int Sigterm = 15;

using var interruption = new Interruption();
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
using var error = new StreamWriter(System.Console.OpenStandardError()) { AutoFlush = true, NewLine = "\n" };

var host = new ToolHost
{
    Input = System.Console.OpenStandardInput(),
    Output = Stream.Synchronized(new BufferedStream(System.Console.OpenStandardOutput(), OutputBufferBytes)),
    Error = TextWriter.Synchronized(error),
    Files = new PosixFileSystem(),
    ReadFile = File.ReadAllBytes,
    Time = TimeProvider.System,
    Random = new SystemRandomSource(),
    Interruption = interruption,
    InputIsTerminal = !System.Console.IsInputRedirected,
    OutputIsTerminal = !System.Console.IsOutputRedirected,
    IsWatched = !System.Console.IsOutputRedirected && !System.Console.IsErrorRedirected,
    HasColours = !System.Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
    NetworkOpener = OpenNetwork,
    SystemProperties = JavaOptions.SystemProperties(Environment.GetEnvironmentVariable(JavaOptions.Variable)),
};
return await ToolRunner.RunAsync(args, host);

void Interrupt(PosixSignalContext signal) =>
    signal.Cancel = interruption.Request(signal.Signal == PosixSignal.SIGINT ? Sigint : Sigterm);

ToolNetwork OpenNetwork(ToolHost host)
{
    var loggers = new ToolLoggerFactory(host.Log);
    var loops = new EventLoopGroup(1, "kafka-tools-network-thread-", TimeProvider.System, failure => EndProcess(host, failure));
    var loop = loops.Loops[0];
    var resolver = new SystemAddressResolver();
    var transport = new EpollTransport(loops, resolver, loggers.CreateLogger<EpollTransport>());
    var kerberos = new SystemKerberos(
        host.SystemProperties.GetValueOrDefault(SystemKerberos.ConfigFileProperty), failure => EndProcess(host, failure));
    return new ToolNetwork(
        new ClientNetwork(
            transport,
            loop,
            host.Random,
            host.Files,
            host.SystemProperties,
            kerberos),
        loop,
        loggers,
        resolver,
        (connect, tls) => ZooKeeperClient.Start(
            new ZooKeeperClientOptions
            {
                Connect = connect,
                SessionTimeoutMs = 30_000,
                Sasl = ZooKeeperLogin.Read(host, kerberos),
                TlsHandlerFor = tls is null ? null : tls.HandlerFor,
            },
            transport,
            loop,
            host.Random,
            loggers.CreateLogger<ZooKeeperClient>()),
        async () =>
        {
            await loops.DisposeAsync();
            await kerberos.DisposeAsync();
        });
}

void EndProcess(ToolHost host, Exception failure)
{
    host.Log("FATAL", failure.ToString(), "kafka-tools");
    Environment.Exit(1);
}
