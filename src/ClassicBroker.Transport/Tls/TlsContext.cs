using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Platform;

namespace ClassicBroker.Transport;

/// <summary>
/// Settings with their stores read, ready for handshakes on either side. Safe from any thread; immutable.
/// </summary>
public sealed class TlsContext
{
    /// <summary>What a certificate of a server is for, where it says what it is for.</summary>
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private readonly TlsSettings _settings;
    private readonly KeyStore? _keyStore;
    private readonly KeyStore? _trustStore;

    private TlsContext(TlsSettings settings, KeyStore? keyStore, KeyStore? trustStore)
    {
        _settings = settings;
        _keyStore = keyStore;
        _trustStore = trustStore;
        Server = keyStore is null
            ? null
            : TlsOptions.Server(keyStore, trustStore, settings.ClientAuthentication, settings.Protocols, settings.CipherSuites);
    }

    /// <summary>
    /// For accepting; null without a key store. Shared by all connections, so that the platform keeps one context for them.
    /// </summary>
    public SslServerAuthenticationOptions? Server { get; }

    /// <summary>The certificate shown to peers; null without one.</summary>
    public X509Certificate2? Certificate => _keyStore?.KeyCertificate;

    /// <summary>What its key store calls it; empty where it has no name there.</summary>
    public string CertificateAlias => _keyStore is { Aliases: [var first, ..] } ? first : "";

    /// <summary>Until when the certificate shown is valid; null without one.</summary>
    public DateTimeOffset? CertificateExpiry => _keyStore?.KeyCertificate?.NotAfter;

    /// <exception cref="TlsSettingException">A store cannot be read.</exception>
    public static TlsContext Load(TlsSettings settings, IFileSystem files) =>
        new(settings, settings.KeyStore.Load(files), settings.TrustStore.Load(files));

    /// <summary>
    /// Why one who trusts what <paramref name="other"/> trusts would not believe the certificate shown; null where it would.
    /// </summary>
    public string? FaultBefore(TlsContext other)
    {
        if (Certificate is not { } certificate)
        {
            return "there is no certificate";
        }

        using var chain = new X509Chain { ChainPolicy = TlsOptions.Trusting(other._trustStore) };
        chain.ChainPolicy.ExtraStore.AddRange(_keyStore!.Chain);
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        return chain.Build(certificate) ? null : PeerCertificate.ChainFault(certificate, chain);
    }

    /// <summary>For connecting to <paramref name="host"/>.</summary>
    public SslClientAuthenticationOptions Client(string host) =>
        TlsOptions.Client(host, _trustStore, _keyStore, _settings.VerifiesHostName, _settings.Protocols, _settings.CipherSuites);
}
