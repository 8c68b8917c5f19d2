using System.Net;
using ClassicBroker.Primitives;

namespace ClassicBroker.ZooKeeper.Server.Access;

/// <summary>The ip scheme: ids are an address, or a network as <c>address/bits</c>.</summary>
internal static class IpScheme
{
    public const string Name = "ip";

    public static bool IsValidId(string id) => TryParse(id, out _, out _);

    public static bool Matches(IPAddress address, string id)
    {
        if (!TryParse(id, out var network, out var bits))
        {
            return false;
        }

        var own = address.GetAddressBytes();
        var wanted = network.GetAddressBytes();
        if (own.Length != wanted.Length)
        {
            return false;
        }

        for (var i = 0; i < own.Length && bits > 0; i++, bits -= 8)
        {
            var mask = bits >= 8 ? 0xff : 0xff << (8 - bits);
            if (((own[i] ^ wanted[i]) & mask) != 0)
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryParse(string id, out IPAddress network, out int bits)
    {
        var slash = id.IndexOf('/', StringComparison.Ordinal);
        if (!IPAddress.TryParse(slash < 0 ? id : id[..slash], out network!))
        {
            bits = 0;
            return false;
        }

        var bitsMax = network.GetAddressBytes().Length * 8;
        if (slash < 0)
        {
            bits = bitsMax;
            return true;
        }

        return JavaText.TryParseInt(id.AsSpan(slash + 1), out bits) && bits >= 0 && bits <= bitsMax;
    }
}
