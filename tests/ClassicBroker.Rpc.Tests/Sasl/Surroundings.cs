using ClassicBroker.Rpc.Http;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Network;

namespace ClassicBroker.Rpc.Tests.Sasl;

/// <summary>What logins are made of in tests: an empty disk, and a network with no one else on it. Stateless.</summary>
internal static class Surroundings
{
    public static LoginSurroundings Of(ManualTime time)
    {
        var loop = time.CreateLoop("logins");
        var network = new InMemoryNetwork(time, new SeededRandomSource(1));
        return new LoginSurroundings(
            new SeededRandomSource(1),
            time,
            new SimulatedFileSystem(time, new SeededRandomSource(1)),
            new HttpRequester(network.AddHost("alone", loop), loop));
    }
}
