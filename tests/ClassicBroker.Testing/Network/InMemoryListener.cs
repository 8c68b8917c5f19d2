using System.Net;
using ClassicBroker.Transport;

namespace ClassicBroker.Testing.Network;

/// <summary>A port of a host that accepts. Threading: the test's thread only.</summary>
internal sealed class InMemoryListener(InMemoryTransport transport, ServerBootstrap bootstrap, IPEndPoint localEndPoint) : IChannelListener
{
    public ServerBootstrap Bootstrap { get; } = bootstrap;

    public IPEndPoint LocalEndPoint { get; } = localEndPoint;

    public void Dispose() => transport.StopListening(this);
}
