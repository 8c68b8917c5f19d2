using System.Globalization;

namespace ClassicBroker.Client.Cluster;

/// <summary>
/// Reads <c>bootstrap.servers</c>: <c>host:port</c> pairs separated by commas, IPv6 addresses in brackets, protocols ignored.
/// </summary>
internal static class BootstrapAddresses
{
    private const string Key = "bootstrap.servers";

    /// <exception cref="KafkaConfigException">There is no address, or one of them is not of that form.</exception>
    public static BrokerAddress[] Parse(string text)
    {
        var addresses = text
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(ParseOne)
            .ToArray();
        return addresses.Length > 0
            ? addresses
            : throw new KafkaConfigException($"No resolvable bootstrap urls given in {Key}");
    }

    private static BrokerAddress ParseOne(string text)
    {
        var address = text;
        var scheme = address.IndexOf("://", StringComparison.Ordinal);
        if (scheme >= 0)
        {
            address = address[(scheme + 3)..];
        }

        var colon = address.LastIndexOf(':');
        var bracketed = address.StartsWith('[') && colon > 1 && address[colon - 1] == ']';
        var host = colon < 0 ? "" : bracketed ? address[1..(colon - 1)] : address[..colon];
        if (host.Length == 0
            || (!bracketed && host.Contains(':'))
            || !ushort.TryParse(address[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            throw new KafkaConfigException($"Invalid url in {Key}: {text}");
        }

        return new BrokerAddress(host, port);
    }
}
