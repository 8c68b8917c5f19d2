using System.Net;
using ClassicBroker.Transport;

namespace ClassicBroker.Testing.Network;

/// <summary>A port of a host that accepts. Threading: the test's thread only.</summary>
internal sealed class InMemoryServerChannel(InMemoryTransport transport, long number, NettyLoop loop, ListenOptions options)
    : TransportServerChannel(number, loop)
{
    public ListenOptions Options { get; } = options;

    public void Accept(InMemoryChannel channel) => Accepted(channel);

    protected override IPEndPoint Bind(IPEndPoint address)
    {
        transport.Listen(address, this);
        return address;
    }

    protected override void CloseTransport() => transport.StopListening(this);
}
