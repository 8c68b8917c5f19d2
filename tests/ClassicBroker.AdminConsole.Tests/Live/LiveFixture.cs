using ClassicBroker.AdminConsole.Tests.Live;

[assembly: AssemblyFixture(typeof(LiveFixture))]

namespace ClassicBroker.AdminConsole.Tests.Live;

/// <summary>Three brokers and a console that all tests of the assembly share; each uses topics, groups and users of its own.</summary>
public sealed class LiveFixture : IAsyncLifetime
{
    public LiveCluster Cluster { get; private set; } = null!;

    public TestConsole Console { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Cluster = await LiveCluster.StartAsync(3);
        Console = await TestConsole.StartAsync(Cluster);
    }

    public async ValueTask DisposeAsync()
    {
        await Console.DisposeAsync();
        await Cluster.DisposeAsync();
    }
}
