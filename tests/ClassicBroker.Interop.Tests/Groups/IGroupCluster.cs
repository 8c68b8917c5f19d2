using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Interop.Tests.Groups;

/// <summary>Where the tests of groups run.</summary>
public interface IGroupCluster
{
    /// <summary>One that has all groups on its disk.</summary>
    KafkaServerProcess Broker { get; }

    string BootstrapServers { get; }

    /// <summary>What members and producers get in with.</summary>
    ClientCredentials Client { get; }

    int ReplicationFactor { get; }

    /// <summary>A name no other test uses.</summary>
    string NewTopic(string purpose);
}
