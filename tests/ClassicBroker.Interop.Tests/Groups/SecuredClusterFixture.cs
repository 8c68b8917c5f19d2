using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Interop.Tests.Groups;

/// <summary>Three secured brokers, started once for a class of tests. Every broker has every partition.</summary>
public sealed class SecuredClusterFixture : IGroupCluster, IAsyncLifetime
{
    private readonly ScratchDirectory _scratch = new();
    private ThreeBrokers? _cluster;
    private int _topics;

    public KafkaServerProcess Broker => _cluster!.Brokers[0];

    public string BootstrapServers => Broker.BootstrapServers;

    public ClientCredentials Client => _cluster!.Security.Client;

    public int ReplicationFactor => 3;

    public string NewTopic(string purpose) => $"{purpose}-{Interlocked.Increment(ref _topics)}";

    public async ValueTask InitializeAsync() => _cluster = await ThreeBrokers.StartAsync(
        _scratch,
        SecurityProfile.Secured,
        new Dictionary<string, string> { ["offsets.topic.replication.factor"] = "3", ["default.replication.factor"] = "3" });

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        _scratch.Dispose();
    }
}
