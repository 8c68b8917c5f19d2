using System.Net;
using ClassicBroker.Primitives;

namespace ClassicBroker.Server.Coordination;

/// <summary>A client's address as Java prints an <c>InetAddress</c> without a name: a slash, and the address.</summary>
internal static class ClientHost
{
    public static string Of(IPAddress address) => $"/{JavaAddress.TextOf(address)}";
}
