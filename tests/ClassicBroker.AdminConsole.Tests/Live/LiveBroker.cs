using ClassicBroker.Platform.Metrics;
using ClassicBroker.Server;
using ClassicBroker.TestHost;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.AdminConsole.Tests.Live;

/// <summary>A broker in the test's process, over real sockets, files and clocks, with metrics that the console can read.</summary>
internal sealed class LiveBroker : IAsyncDisposable
{
    private readonly BrokerThreads _threads = new(NullLoggerFactory.Instance);
    private KafkaServer? _server;

    private LiveBroker()
    {
    }

    public MeterScope Meters { get; } = new(TimeProvider.System);

    public static async Task<LiveBroker> StartAsync(Dictionary<string, string> properties)
    {
        var broker = new LiveBroker();
        broker._server = await KafkaServer.StartAsync(properties, broker._threads.Environment() with { Meters = broker.Meters });
        return broker;
    }

    /// <summary>Ends when the broker knows of so many live ones.</summary>
    public async Task AwaitBrokersAsync(int count) => Assert.True(
        await _server!.Metadata.WaitForAsync(image => image.Brokers.Length >= count, TimeSpan.FromMinutes(1), _threads.Timers),
        $"A broker does not know of {count} brokers.");

    public async ValueTask DisposeAsync()
    {
        await _server!.StopAsync();
        await _threads.DisposeAsync();
        Meters.Dispose();
    }
}
