using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace ClassicBroker.Transport;

/// <summary>Makes the platform's TLS options from what Kafka's <c>ssl.*</c> settings say. Only TLS 1.2 and 1.3 are ever offered.</summary>
public static class TlsOptions
{
    public const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>
    /// For a listener. Client certificates, where wanted, must chain up to <paramref name="trustStore"/>, or without one to an authority
    /// the machine trusts.
    /// </summary>
    public static SslServerAuthenticationOptions Server(
        KeyStore keyStore,
        KeyStore? trustStore,
        ClientAuthentication clientAuthentication,
        SslProtocols protocols = Protocols,
        CipherSuitesPolicy? cipherSuites = null)
    {
        var certificate = keyStore.KeyCertificate
            ?? throw new ArgumentException("A listener's key store must hold a private key.", nameof(keyStore));
        return new()
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, keyStore.Chain, offline: true),
            EnabledSslProtocols = protocols,
            CipherSuitesPolicy = cipherSuites,
            AllowRenegotiation = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,

            // A resumed session brings the client's certificate back without its issuers, and a good chain would not verify.
            AllowTlsResume = clientAuthentication == ClientAuthentication.None,
            ClientCertificateRequired = clientAuthentication != ClientAuthentication.None,
            CertificateChainPolicy = clientAuthentication == ClientAuthentication.None || trustStore is null ? null : Trusting(trustStore),
            RemoteCertificateValidationCallback = (stream, shown, chain, errors) =>
                (errors == SslPolicyErrors.RemoteCertificateNotAvailable && clientAuthentication != ClientAuthentication.Required)
                || Accept(stream, PeerCertificate.FaultOf(shown, chain, errors, host: null)),
        };
    }

    /// <summary>
    /// For a connection to <paramref name="host"/>. Without a trust store the machine's own is used;
    /// <paramref name="verifyHost"/> false is an empty <c>ssl.endpoint.identification.algorithm</c>.
    /// </summary>
    public static SslClientAuthenticationOptions Client(
        string host,
        KeyStore? trustStore,
        KeyStore? keyStore,
        bool verifyHost,
        SslProtocols protocols = Protocols,
        CipherSuitesPolicy? cipherSuites = null) => new()
        {
            TargetHost = host,
            EnabledSslProtocols = protocols,
            CipherSuitesPolicy = cipherSuites,
            AllowRenegotiation = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = trustStore is null ? null : Trusting(trustStore),
            ClientCertificateContext = keyStore?.KeyCertificate is { } certificate
                ? SslStreamCertificateContext.Create(certificate, keyStore.Chain, offline: true)
                : null,
            RemoteCertificateValidationCallback = (stream, shown, chain, errors) => Accept(
                stream,
                PeerCertificate.FaultOf(shown, chain, verifyHost ? errors : errors & ~SslPolicyErrors.RemoteCertificateNameMismatch, host)),
        };

    /// <summary>Leaves the reason of a refusal with the stream, as the platform's own exception has none.</summary>
    private static bool Accept(object stream, string? fault)
    {
        ((TlsStream)stream).PeerFault = fault;
        return fault is null;
    }

    /// <summary>How certificates are held against a trust store, or without one against what the machine trusts.</summary>
    internal static X509ChainPolicy Trusting(KeyStore? trustStore)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = trustStore is null ? X509ChainTrustMode.System : X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        if (trustStore is null)
        {
            return policy;
        }

        policy.CustomTrustStore.AddRange(trustStore.Trusted);
        if (trustStore.KeyCertificate is { } own)
        {
            policy.CustomTrustStore.Add(own);
            policy.CustomTrustStore.AddRange(trustStore.Chain);
        }

        return policy;
    }
}
