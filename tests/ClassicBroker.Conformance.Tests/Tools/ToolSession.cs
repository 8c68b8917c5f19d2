using System.Text;
using ClassicBroker.Client;
using ClassicBroker.Platform;
using ClassicBroker.Tools;
using ClassicBroker.Transport;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Conformance.Tests.Tools;

/// <summary>
/// Runs a tool in this process, with a network of its own and streams in memory. Of everything that is chosen at random the last choice is
/// taken, so that records without a key go to the last partition. Stateless.
/// </summary>
internal static class ToolSession
{
    private const int Sigterm = 15;

    /// <summary>Longer than any recorded command took.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(75);

    /// <summary>Runs a tool to its end; the exit code is null where it had not ended after a while.</summary>
    public static async Task<(int? ExitCode, string Output, string Error)> RunAsync(
        IReadOnlyList<string> words, string input, CancellationToken terminated = default)
    {
        using var output = new MemoryStream();
        using var error = new StringWriter { NewLine = "\n" };
        using var interruption = new Interruption();
        using var signal = terminated.Register(() => interruption.Request(Sigterm));
        var host = new ToolHost
        {
            Input = new MemoryStream(Encoding.UTF8.GetBytes(input)),
            Output = Stream.Synchronized(output),
            Error = TextWriter.Synchronized(error),
            Files = new PosixFileSystem(),
            ReadFile = File.ReadAllBytes,
            Time = TimeProvider.System,
            Random = new LastChoice(),
            Interruption = interruption,
            NetworkOpener = OpenNetwork,
        };
        int? exitCode;
        try
        {
            var run = Task.Run(() => ToolRunner.RunAsync(words, host), CancellationToken.None);
            exitCode = terminated.CanBeCanceled ? await run : await run.WaitAsync(Limit, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            exitCode = null;
        }

        return (exitCode, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }

    private static ToolNetwork OpenNetwork(ToolHost host)
    {
        var loggers = new ToolLoggerFactory(host.Log);
        var loops = new EventLoopGroup(1, "kafka-tools-network-thread-", TimeProvider.System, failure => throw failure);
        var resolver = new SystemAddressResolver();
        var transport = new EpollTransport(loops, resolver, loggers.CreateLogger<EpollTransport>());
        return new ToolNetwork(
            new ClientNetwork(transport, loops.Loops[0], host.Random, host.Files),
            loops.Loops[0],
            loggers,
            resolver,
            (connect, _) => ZooKeeperClient.Start(
                new ZooKeeperClientOptions { Connect = connect, SessionTimeoutMs = 30_000 },
                transport,
                loops.Loops[0],
                host.Random,
                loggers.CreateLogger<ZooKeeperClient>()),
            loops.DisposeAsync);
    }

    private sealed class LastChoice : IRandomSource
    {
        public int Next(int exclusiveMax) => exclusiveMax - 1;

        public void Fill(Span<byte> destination) => destination.Clear();
    }
}
