using ClassicBroker.TestHost;

namespace ClassicBroker.Client.Tests.Hosting;

/// <summary>One cluster for all tests of a class.</summary>
public sealed class KafkaFixture : IAsyncLifetime
{
    private TestKafka? _kafka;

    public string BootstrapServers => _kafka!.BootstrapServers;

    public async ValueTask InitializeAsync() => _kafka = await TestKafka.StartAsync();

    public async ValueTask DisposeAsync() => await _kafka!.DisposeAsync();
}
