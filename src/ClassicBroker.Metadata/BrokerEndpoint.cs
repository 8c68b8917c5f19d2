using System.Globalization;
using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata;

/// <summary>Where a broker can be reached on one of its listeners, as it advertises it.</summary>
public sealed record BrokerEndpoint(string ListenerName, string Host, int Port, SecurityProtocol SecurityProtocol)
{
    /// <summary>Host and port as one text; IPv6 addresses stand in brackets.</summary>
    public string Address => Host.Contains(':', StringComparison.Ordinal)
        ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    /// <summary>The form of <c>advertised.listeners</c> and of the registration, <c>LISTENER://host:port</c>.</summary>
    public string ConnectionString => $"{ListenerName}://{Address}";

    public override string ToString() => ConnectionString;

    /// <summary>Splits <c>LISTENER://host:port</c>; false for any other text. Host may be empty (the wildcard).</summary>
    public static bool TryParse(string text, out string listenerName, out string host, out int port)
    {
        (listenerName, host, port) = ("", "", 0);
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        var colon = text.LastIndexOf(':');
        if (scheme <= 0 || colon < scheme + 3
            || text[(colon + 1)..].StartsWith('+') || !JavaText.TryParseInt(text.AsSpan(colon + 1), out port))
        {
            return false;
        }

        listenerName = text[..scheme];
        host = text[(scheme + 3)..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
        }

        return true;
    }
}
