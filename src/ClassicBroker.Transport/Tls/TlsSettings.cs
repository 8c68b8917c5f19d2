using System.Net.Security;
using System.Security.Authentication;

namespace ClassicBroker.Transport;

/// <summary>
/// What Kafka's <c>ssl.*</c> keys say for one listener or one client, checked but with no file opened yet. Immutable.
/// </summary>
public sealed record TlsSettings
{
    internal const string TrustStorePrefix = "ssl.truststore";
    private const string KeyStorePrefix = "ssl.keystore";
    private const string EngineFactoryKey = "ssl.engine.factory.class";
    private const string OwnEngineFactory = "DefaultSslEngineFactory";

    /// <summary>Nothing set: what a client has that only asks for TLS.</summary>
    public static TlsSettings Default { get; } = Read(_ => null);

    public required TlsStore KeyStore { get; init; }

    public required TlsStore TrustStore { get; init; }

    /// <summary><c>ssl.enabled.protocols</c>, or <c>ssl.protocol</c> where that is empty.</summary>
    public required SslProtocols Protocols { get; init; }

    /// <summary><c>ssl.cipher.suites</c>; null leaves the choice to the platform.</summary>
    public CipherSuitesPolicy? CipherSuites { get; init; }

    /// <summary><c>ssl.client.auth</c>, of a listener.</summary>
    public ClientAuthentication ClientAuthentication { get; init; }

    /// <summary>Whether a server's certificate must name its host: <c>ssl.endpoint.identification.algorithm</c> is not empty.</summary>
    public bool VerifiesHostName { get; init; } = true;

    /// <summary>Reads the keys by their plain names.</summary>
    /// <exception cref="TlsSettingException">One asks for what cannot be, or two contradict each other.</exception>
    public static TlsSettings Read(Func<string, string?> valueOf)
    {
        if (Given(EngineFactoryKey) is { } factory && !factory.EndsWith(OwnEngineFactory, StringComparison.Ordinal))
        {
            throw new TlsSettingException(EngineFactoryKey, factory, "this build has the default engine only; no Java class can be loaded");
        }

        var settings = new TlsSettings
        {
            KeyStore = new TlsStore
            {
                KeyPrefix = KeyStorePrefix,
                Type = Given("ssl.keystore.type") ?? "JKS",
                Location = Given("ssl.keystore.location"),
                Password = Given("ssl.keystore.password"),
                KeyPassword = Given("ssl.key.password"),
                PemKey = Given("ssl.keystore.key"),
                PemCertificates = Given("ssl.keystore.certificate.chain"),
            },
            TrustStore = new TlsStore
            {
                KeyPrefix = TrustStorePrefix,
                Type = Given("ssl.truststore.type") ?? "JKS",
                Location = Given("ssl.truststore.location"),
                Password = Given("ssl.truststore.password"),
                PemCertificates = Given("ssl.truststore.certificates"),
            },
            Protocols = TlsNames.Protocols(valueOf("ssl.enabled.protocols") ?? TlsNames.DefaultProtocols, Given("ssl.protocol")),
            CipherSuites = TlsNames.CipherSuites(valueOf("ssl.cipher.suites") ?? ""),
            ClientAuthentication = TlsNames.ClientAuthentication(Given("ssl.client.auth") ?? "none"),
            VerifiesHostName = TlsNames.VerifiesHostName(valueOf("ssl.endpoint.identification.algorithm") ?? "https"),
        };
        settings.KeyStore.Check();
        settings.TrustStore.Check();
        return settings;

        string? Given(string key) => valueOf(key) is { Length: > 0 } value ? value : null;
    }
}
