using System.Net.Security;
using ClassicBroker.Platform;

namespace ClassicBroker.Transport;

/// <summary>
/// Settings with their stores read, ready for handshakes on either side. Safe from any thread; immutable.
/// </summary>
public sealed class TlsContext
{
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

    /// <summary>Until when the certificate shown is valid; null without one.</summary>
    public DateTimeOffset? CertificateExpiry => _keyStore?.KeyCertificate?.NotAfter;

    /// <exception cref="TlsSettingException">A store cannot be read.</exception>
    public static TlsContext Load(TlsSettings settings, IFileSystem files) =>
        new(settings, settings.KeyStore.Load(files), settings.TrustStore.Load(files));

    /// <summary>For connecting to <paramref name="host"/>.</summary>
    public SslClientAuthenticationOptions Client(string host) =>
        TlsOptions.Client(host, _trustStore, _keyStore, _settings.VerifiesHostName, _settings.Protocols, _settings.CipherSuites);
}
