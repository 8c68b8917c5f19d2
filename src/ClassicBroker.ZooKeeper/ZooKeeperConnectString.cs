using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper;

/// <summary>
/// What <c>zookeeper.connect</c> says: <c>host:port,host:port/chroot</c>, where every path then counts from the chroot. A port left out
/// is 2181.
/// </summary>
public sealed record ZooKeeperConnectString(IReadOnlyList<ZooKeeperAddress> Servers, string Chroot)
{
    /// <exception cref="FormatException">Naming what is wrong with <paramref name="text"/>.</exception>
    public static ZooKeeperConnectString Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var chroot = slash < 0 ? "" : text[slash..].TrimEnd();
        if (chroot.Length > 1 && !ZnodePath.IsValid(chroot))
        {
            throw new FormatException($"Invalid chroot {chroot} in the ZooKeeper connection string {text}");
        }

        var hosts = (slash < 0 ? text : text[..slash]).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (hosts.Length == 0)
        {
            throw new FormatException($"The ZooKeeper connection string {text} names no server");
        }

        return new ZooKeeperConnectString([.. hosts.Select(host => ParseAddress(host, text))], chroot.Length > 1 ? chroot : "");
    }

    public override string ToString() => string.Join(',', Servers) + Chroot;

    private static ZooKeeperAddress ParseAddress(string address, string text)
    {
        // More than one colon without brackets is an IPv6 address without a port.
        var bracket = address.LastIndexOf(']');
        var colon = address.LastIndexOf(':');
        var hasPort = colon > bracket && (bracket >= 0 || address.IndexOf(':', StringComparison.Ordinal) == colon);
        var host = (hasPort ? address[..colon] : address).Trim('[', ']');
        var port = ZooKeeperAddress.PortDefault;
        var portSound = !hasPort
            || (JavaText.TryParseInt(address.AsSpan(colon + 1), out port)
                && port is > 0 and <= ushort.MaxValue);
        return portSound && host.Length > 0
            ? new ZooKeeperAddress(host, port)
            : throw new FormatException($"Invalid server {address} in the ZooKeeper connection string {text}");
    }
}
