using ClassicBroker.Client.Configuration;
using ClassicBroker.Transport;

namespace ClassicBroker.Client;

/// <summary>The <c>ssl.*</c> keys of a client, as texts under the Java clients' names and defaults. Immutable.</summary>
public sealed record TlsConfig
{
    /// <summary>Certificates to trust; null trusts what the machine trusts (<c>ssl.truststore.location</c>).</summary>
    public string? TruststoreLocation { get; init; }

    /// <summary>Opens the trust store (<c>ssl.truststore.password</c>); null where it has no password.</summary>
    public string? TruststorePassword { get; init; }

    /// <summary>Form of the trust store (<c>ssl.truststore.type</c>): PEM, PKCS12 or JKS.</summary>
    public string TruststoreType { get; init; } = "JKS";

    /// <summary>Certificates to trust as PEM (<c>ssl.truststore.certificates</c>), in place of a file.</summary>
    public string? TruststoreCertificates { get; init; }

    /// <summary>The client's own certificate and key (<c>ssl.keystore.location</c>).</summary>
    public string? KeystoreLocation { get; init; }

    /// <summary>Opens the key store (<c>ssl.keystore.password</c>); null where it has no password.</summary>
    public string? KeystorePassword { get; init; }

    /// <summary>Opens the key in it (<c>ssl.key.password</c>); null where it has no password of its own.</summary>
    public string? KeyPassword { get; init; }

    /// <summary>Form of the key store (<c>ssl.keystore.type</c>): PEM, PKCS12 or JKS.</summary>
    public string KeystoreType { get; init; } = "JKS";

    /// <summary>The client's own key as PEM (<c>ssl.keystore.key</c>), in place of a file.</summary>
    public string? KeystoreKey { get; init; }

    /// <summary>The certificates of that key as PEM (<c>ssl.keystore.certificate.chain</c>).</summary>
    public string? KeystoreCertificateChain { get; init; }

    /// <summary>Versions of TLS that may be spoken (<c>ssl.enabled.protocols</c>), separated by commas.</summary>
    public string EnabledProtocols { get; init; } = "TLSv1.2,TLSv1.3";

    /// <summary><c>ssl.protocol</c>, which counts where no protocol is enabled by name.</summary>
    public string Protocol { get; init; } = "TLSv1.3";

    /// <summary><c>ssl.cipher.suites</c>; empty leaves the choice to the machine's TLS library.</summary>
    public string CipherSuites { get; init; } = "";

    /// <summary><c>ssl.engine.factory.class</c>: only the default can be named.</summary>
    public string? EngineFactoryClass { get; init; }

    /// <summary>
    /// How the broker's certificate must name its host (<c>ssl.endpoint.identification.algorithm</c>): <c>https</c>, or not at all where
    /// empty.
    /// </summary>
    public string EndpointIdentificationAlgorithm { get; init; } = "https";

    /// <summary>Where the stores are, without passwords and keys.</summary>
    public override string ToString() =>
        $"{nameof(TlsConfig)}(truststore={TruststoreLocation ?? "none"}, keystore={KeystoreLocation ?? "none"})";

    internal static TlsConfig Read(ConfigReader reader)
    {
        reader.Accept("ssl.provider", "ssl.keymanager.algorithm", "ssl.trustmanager.algorithm", "ssl.secure.random.implementation");
        var defaults = new TlsConfig();
        return new TlsConfig
        {
            TruststoreLocation = reader.String("ssl.truststore.location"),
            TruststorePassword = reader.String("ssl.truststore.password"),
            TruststoreType = reader.String("ssl.truststore.type", defaults.TruststoreType),
            TruststoreCertificates = reader.String("ssl.truststore.certificates"),
            KeystoreLocation = reader.String("ssl.keystore.location"),
            KeystorePassword = reader.String("ssl.keystore.password"),
            KeyPassword = reader.String("ssl.key.password"),
            KeystoreType = reader.String("ssl.keystore.type", defaults.KeystoreType),
            KeystoreKey = reader.String("ssl.keystore.key"),
            KeystoreCertificateChain = reader.String("ssl.keystore.certificate.chain"),
            EnabledProtocols = reader.String("ssl.enabled.protocols", defaults.EnabledProtocols),
            Protocol = reader.String("ssl.protocol", defaults.Protocol),
            CipherSuites = reader.String("ssl.cipher.suites", defaults.CipherSuites),
            EngineFactoryClass = reader.String("ssl.engine.factory.class"),
            EndpointIdentificationAlgorithm = reader.String(
                "ssl.endpoint.identification.algorithm", defaults.EndpointIdentificationAlgorithm),
        };
    }

    /// <summary>The settings as the transport takes them.</summary>
    /// <exception cref="TlsSettingException">They cannot be used.</exception>
    internal TlsSettings ToSettings() => TlsSettings.Read(key => key switch
    {
        "ssl.truststore.location" => TruststoreLocation,
        "ssl.truststore.password" => TruststorePassword,
        "ssl.truststore.type" => TruststoreType,
        "ssl.truststore.certificates" => TruststoreCertificates,
        "ssl.keystore.location" => KeystoreLocation,
        "ssl.keystore.password" => KeystorePassword,
        "ssl.key.password" => KeyPassword,
        "ssl.keystore.type" => KeystoreType,
        "ssl.keystore.key" => KeystoreKey,
        "ssl.keystore.certificate.chain" => KeystoreCertificateChain,
        "ssl.enabled.protocols" => EnabledProtocols,
        "ssl.protocol" => Protocol,
        "ssl.cipher.suites" => CipherSuites,
        "ssl.engine.factory.class" => EngineFactoryClass,
        "ssl.endpoint.identification.algorithm" => EndpointIdentificationAlgorithm,
        _ => null,
    });
}
