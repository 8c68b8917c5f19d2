using ClassicBroker.Transport;

namespace ClassicBroker.ZooKeeper;

/// <summary>
/// Reads <c>zookeeper.ssl.*</c>, which differ from a listener's keys in little: the key's password is the store's, and types are guessed
/// from file names. Stateless.
/// </summary>
public static class ZooKeeperTlsSettings
{
    public const string Prefix = "zookeeper.";

    private const string DefaultProtocol = "TLSv1.2";
    private const string DefaultIdentification = "HTTPS";

    /// <param name="textOf">The value of a key with its prefix; null where it is not set.</param>
    /// <exception cref="TlsSettingException">A key asks for what cannot be; it is named without the prefix.</exception>
    public static TlsSettings Read(Func<string, string?> textOf) => TlsSettings.Read(key => ValueOf(textOf, key));

    private static string? ValueOf(Func<string, string?> textOf, string key) => key switch
    {
        "ssl.keystore.type" or "ssl.truststore.type" => TypeOf(textOf, key),
        "ssl.keystore.password" => TypeOf(textOf, "ssl.keystore.type") == "PEM" ? null : textOf(Prefix + key),
        "ssl.key.password" => textOf(Prefix + "ssl.keystore.password"),
        "ssl.enabled.protocols" => textOf(Prefix + key) ?? "",
        "ssl.protocol" => textOf(Prefix + key) ?? DefaultProtocol,
        "ssl.endpoint.identification.algorithm" => textOf(Prefix + key) ?? DefaultIdentification,
        "ssl.keystore.location" or "ssl.truststore.location" or "ssl.truststore.password" or "ssl.cipher.suites" => textOf(Prefix + key),
        _ => null,
    };

    private static string TypeOf(Func<string, string?> textOf, string key)
    {
        var location = textOf(Prefix + key.Replace(".type", ".location", StringComparison.Ordinal)) ?? "";
        return textOf(Prefix + key) ?? Path.GetExtension(location).ToLowerInvariant() switch
        {
            ".pem" => "PEM",
            ".p12" or ".pfx" => "PKCS12",
            _ => "JKS",
        };
    }
}
