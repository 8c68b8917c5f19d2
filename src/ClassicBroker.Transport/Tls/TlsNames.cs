using System.Net.Security;
using System.Security.Authentication;

namespace ClassicBroker.Transport;

/// <summary>Java's names of protocols, cipher suites and client authentication, as the platform's. Stateless.</summary>
internal static class TlsNames
{
    public const string DefaultProtocols = "TLSv1.2,TLSv1.3";

    private const string ProtocolsKey = "ssl.enabled.protocols";
    private const string SuitesKey = "ssl.cipher.suites";

    /// <summary>Versions Java still names. As its own default settings do, they are known and never negotiated.</summary>
    private static readonly string[] Withdrawn = ["SSLv2Hello", "SSLv3", "TLSv1", "TLSv1.1"];

    /// <exception cref="TlsSettingException">A name is unknown, or what is left is nothing.</exception>
    public static SslProtocols Protocols(string enabled, string? contextProtocol)
    {
        var names = Split(enabled);
        if (names.Length == 0)
        {
            return contextProtocol is null or "TLS"
                ? TlsOptions.Protocols
                : Required("ssl.protocol", contextProtocol, Protocol("ssl.protocol", contextProtocol));
        }

        var protocols = names.Aggregate(SslProtocols.None, (all, name) => all | Protocol(ProtocolsKey, name));
        return Required(ProtocolsKey, enabled, protocols);
    }

    /// <exception cref="TlsSettingException">A name is unknown, or the platform does not let programs choose.</exception>
    public static CipherSuitesPolicy? CipherSuites(string text)
    {
        var names = Split(text);
        if (names.Length == 0)
        {
            return null;
        }

        if (OperatingSystem.IsWindows())
        {
            throw new TlsSettingException(SuitesKey, text, "Windows chooses cipher suites for all its programs alike");
        }

        return new CipherSuitesPolicy(names.Select(Suite));
    }

    /// <exception cref="TlsSettingException">It is none of the three.</exception>
    public static ClientAuthentication ClientAuthentication(string text) => text.ToLowerInvariant() switch
    {
        "none" => Transport.ClientAuthentication.None,
        "requested" => Transport.ClientAuthentication.Requested,
        "required" => Transport.ClientAuthentication.Required,
        _ => throw new TlsSettingException("ssl.client.auth", text, "String must be one of: required, requested, none"),
    };

    /// <exception cref="TlsSettingException">It is an algorithm other than https.</exception>
    public static bool VerifiesHostName(string algorithm) => algorithm.ToLowerInvariant() switch
    {
        "" => false,
        "https" => true,
        _ => throw new TlsSettingException(
            "ssl.endpoint.identification.algorithm", algorithm, "host names are verified as https does; leave it empty to verify none"),
    };

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static SslProtocols Required(string key, string value, SslProtocols protocols) =>
        protocols != SslProtocols.None
            ? protocols
            : throw new TlsSettingException(key, value, $"this build speaks {DefaultProtocols}; older versions of TLS are not safe");

    private static SslProtocols Protocol(string key, string name) => name switch
    {
        "TLSv1.2" => SslProtocols.Tls12,
        "TLSv1.3" => SslProtocols.Tls13,
        _ when Withdrawn.Contains(name) => SslProtocols.None,
        _ => throw new TlsSettingException(key, name, $"there is no such protocol; this build speaks {DefaultProtocols}"),
    };

    // Java keeps the prefix SSL_ for the oldest suites, which the standard names with TLS_ as all others.
    private static TlsCipherSuite Suite(string name)
    {
        var standard = name.StartsWith("SSL_", StringComparison.Ordinal) ? $"TLS_{name[4..]}" : name;
        return Enum.TryParse<TlsCipherSuite>(standard, out var suite) && Enum.IsDefined(suite) && !char.IsAsciiDigit(standard[0])
            ? suite
            : throw new TlsSettingException(SuitesKey, name, "there is no such cipher suite");
    }
}
