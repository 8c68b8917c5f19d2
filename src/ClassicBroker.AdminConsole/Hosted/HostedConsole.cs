using System.Runtime.InteropServices;
using ClassicBroker.Client;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.AdminConsole.Hosted;

/// <summary>The console as a broker's process: takes its order from the broker, and serves until that ends. Used once.</summary>
internal static class HostedConsole
{
    /// <summary>The exit code: 0 where the broker ended it, 1 where it cannot serve.</summary>
    public static async Task<int> RunAsync()
    {
        // Signals for all processes of a service or a terminal are the broker's to answer: the console ends after it.
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ignore);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Ignore);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Ignore);
        using var link = BrokerLink.Open();
        if (await link.ReadOrderAsync() is not { } order)
        {
            return 1;
        }

        var loggers = new LinkedLoggers(link);
        await using var network = ConsoleNetwork.Open(loggers);
        try
        {
            Task settling;
            await using (var server = await ConsoleServer.StartAsync(ConsoleConfig.From(order.Properties), new ConsoleEnvironment
            {
                ClientProperties = order.ClientProperties,
                Network = network.Clients,
                Http = network.Http,
                ReadZnode = link.ReadZnodeAsync,
                AskBroker = link.AskAsync,
                Loggers = loggers,
                Time = TimeProvider.System,
            }))
            {
                link.Serving();
                using var settled = CleanPages.ReleaseWhenSettled(TimeProvider.System);
                settling = SettleAsync(server);
                await link.AnswerUntilEndAsync();
            }

            await settling;
            return 0;
        }
        catch (Exception refused) when (
            refused is IOException or UnauthorizedAccessException or MalformedDataException or KafkaConfigException
                or ConsoleConfigException)
        {
            link.Refused(refused.Message);
            return 1;
        }
    }

    /// <summary>A console at rest gives back what only its start needed, as its broker does.</summary>
    private static async Task SettleAsync(ConsoleServer server)
    {
        await server.Settled;
        CleanPages.Release();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
    }

    private static void Ignore(PosixSignalContext signal) => signal.Cancel = true;
}
