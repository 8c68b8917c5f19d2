namespace ClassicBroker.Primitives;

/// <summary>The names under which configs and znodes know a <see cref="SecurityProtocol"/>.</summary>
public static class SecurityProtocolNames
{
    /// <summary>The upper-case name, such as <c>SASL_SSL</c>.</summary>
    public static string WireName(this SecurityProtocol protocol) =>
        protocol switch
        {
            SecurityProtocol.Plaintext => "PLAINTEXT",
            SecurityProtocol.Ssl => "SSL",
            SecurityProtocol.SaslPlaintext => "SASL_PLAINTEXT",
            SecurityProtocol.SaslSsl => "SASL_SSL",
            _ => throw new ArgumentOutOfRangeException(nameof(protocol), protocol, "Unknown security protocol."),
        };

    /// <summary>Reads a name in any case; false where there is no such protocol.</summary>
    public static bool TryParse(string name, out SecurityProtocol protocol)
    {
        foreach (var candidate in Enum.GetValues<SecurityProtocol>())
        {
            if (string.Equals(candidate.WireName(), name, StringComparison.OrdinalIgnoreCase))
            {
                protocol = candidate;
                return true;
            }
        }

        protocol = default;
        return false;
    }
}
