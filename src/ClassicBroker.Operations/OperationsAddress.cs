using System.Globalization;
using System.Net;

namespace ClassicBroker.Operations;

/// <summary>
/// Where HTTP is to be served: <c>http://host:port</c>, with a literal address, <c>localhost</c>, or no host for every interface.
/// </summary>
public sealed record OperationsAddress(IPAddress Address, int Port)
{
    private const string Scheme = "http://";

    /// <exception cref="FormatException">It is not such an address; the message says why.</exception>
    public static OperationsAddress Parse(string text)
    {
        if (!text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            throw new FormatException($"{text} is not of the form http://host:port");
        }

        var rest = text[Scheme.Length..].TrimEnd('/');
        var colon = rest.LastIndexOf(':');
        if (colon < 0
            || !ushort.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            throw new FormatException($"{text} names no port from 0 to {ushort.MaxValue}");
        }

        var host = rest[..colon];
        return AddressOf(host) is { } address
            ? new(address, port)
            : throw new FormatException($"{host} is no address: an IP address, localhost, or nothing for every interface");
    }

    public override string ToString() => $"{Scheme}{new IPEndPoint(Address, Port)}";

    private static IPAddress? AddressOf(string host) => host switch
    {
        "" => IPAddress.IPv6Any,
        "localhost" => IPAddress.Loopback,
        ['[', .., ']'] => IPAddress.TryParse(host.AsSpan(1, host.Length - 2), out var address) ? address : null,
        _ => IPAddress.TryParse(host, out var address) && !host.Contains(':') ? address : null,
    };
}
