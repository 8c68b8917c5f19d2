using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace ClassicBroker.Transport;

/// <summary>
/// The user event a <see cref="TlsHandler"/> fires when both sides have agreed. <paramref name="PeerCertificate"/> is null where the peer
/// showed none; where it is not, it has been verified.
/// </summary>
public sealed record TlsHandshakeCompleted(SslProtocols Protocol, TlsCipherSuite CipherSuite, X509Certificate? PeerCertificate);
