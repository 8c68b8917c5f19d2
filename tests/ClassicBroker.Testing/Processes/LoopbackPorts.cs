using System.Net;
using System.Net.Sockets;

namespace ClassicBroker.Testing.Processes;

/// <summary>Free TCP ports on the loopback interface. The system hands each out once in a while, so two tests do not meet on one.</summary>
public static class LoopbackPorts
{
    public static int Next()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
