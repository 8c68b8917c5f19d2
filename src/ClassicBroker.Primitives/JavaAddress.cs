using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace ClassicBroker.Primitives;

/// <summary>
/// An address as Java's <c>InetAddress.getHostAddress</c> prints it: eight groups for IPv6, none of them left out. ACLs name hosts in this
/// form. Threading: any; a text is made once for each <see cref="IPAddress"/> object, so that a decision costs no memory.
/// </summary>
public static class JavaAddress
{
    private const int Groups = 8;

    private static readonly ConditionalWeakTable<IPAddress, string> Texts = [];

    public static string TextOf(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork ? address.ToString() : Texts.GetValue(address, static made => Print(made));

    private static string Print(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4().ToString();
        }

        var bytes = address.GetAddressBytes();
        var groups = Enumerable.Range(0, Groups).Select(index => $"{(bytes[2 * index] << 8) | bytes[(2 * index) + 1]:x}");
        return $"{string.Join(':', groups)}{(address.ScopeId == 0 ? "" : $"%{address.ScopeId}")}";
    }
}
