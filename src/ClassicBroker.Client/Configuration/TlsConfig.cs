using ClassicBroker.Client.Configuration;

namespace ClassicBroker.Client;

/// <summary>The <c>ssl.*</c> keys of a client. Immutable.</summary>
public sealed record TlsConfig
{
    /// <summary>Certificates to trust; null trusts what the machine trusts (<c>ssl.truststore.location</c>).</summary>
    public string? TruststoreLocation { get; init; }

    /// <summary><c>ssl.truststore.password</c>.</summary>
    public string? TruststorePassword { get; init; }

    /// <summary><c>ssl.truststore.type</c>: PEM, PKCS12 or JKS.</summary>
    public string TruststoreType { get; init; } = "JKS";

    /// <summary>The client's own certificate and key (<c>ssl.keystore.location</c>).</summary>
    public string? KeystoreLocation { get; init; }

    /// <summary><c>ssl.keystore.password</c>.</summary>
    public string? KeystorePassword { get; init; }

    /// <summary><c>ssl.key.password</c>.</summary>
    public string? KeyPassword { get; init; }

    /// <summary><c>ssl.keystore.type</c>: PEM, PKCS12 or JKS.</summary>
    public string KeystoreType { get; init; } = "JKS";

    /// <summary>Whether the broker's certificate must name its host (<c>ssl.endpoint.identification.algorithm</c>, empty for no).</summary>
    public bool VerifyHostName { get; init; } = true;

    internal static TlsConfig Read(ConfigReader reader)
    {
        reader.AcceptPrefix("ssl.");
        return new TlsConfig
        {
            TruststoreLocation = reader.String("ssl.truststore.location"),
            TruststorePassword = reader.String("ssl.truststore.password"),
            TruststoreType = reader.String("ssl.truststore.type", "JKS"),
            KeystoreLocation = reader.String("ssl.keystore.location"),
            KeystorePassword = reader.String("ssl.keystore.password"),
            KeyPassword = reader.String("ssl.key.password"),
            KeystoreType = reader.String("ssl.keystore.type", "JKS"),
            VerifyHostName = reader.String("ssl.endpoint.identification.algorithm", "https").Length > 0,
        };
    }
}
