using System.Net;
using System.Net.Sockets;

namespace ClassicBroker.Testing.Processes;

/// <summary>
/// Free TCP ports on the loopback interface, below those the system gives to outgoing connections: the port of a server that is down for a
/// while is not taken by some client meanwhile. Each run begins at another port, and none is handed out twice in a run. Threading: any.
/// </summary>
public static class LoopbackPorts
{
    private const int First = 10_000;
    private const int Count = 22_000;

    private static int _taken = Random.Shared.Next(Count);

    public static int Next()
    {
        while (true)
        {
            var port = First + ((Interlocked.Increment(ref _taken) & int.MaxValue) % Count);
            try
            {
                using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Another process has it; the next one may be free.
            }
        }
    }
}
