using System.Net;
using System.Net.Sockets;

namespace ClassicBroker.Server.Coordination;

/// <summary>A client's address as Java prints an <c>InetAddress</c> without a name: a slash, and never a shortened IPv6 address.</summary>
internal static class ClientHost
{
    private const int Groups = 8;

    public static string Of(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return $"/{address}";
        }

        var bytes = address.GetAddressBytes();
        var groups = Enumerable.Range(0, Groups).Select(index => $"{(bytes[2 * index] << 8) | bytes[(2 * index) + 1]:x}");
        return $"/{string.Join(':', groups)}{(address.ScopeId == 0 ? "" : $"%{address.ScopeId}")}";
    }
}
