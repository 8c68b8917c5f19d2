using System.Net.Security;

namespace ClassicBroker.Transport;

/// <summary>
/// The platform's TLS, with room for the reason why a peer's certificate was refused. Owned by a <see cref="TlsHandler"/>.
/// </summary>
internal sealed class TlsStream(Stream inner) : SslStream(inner, leaveInnerStreamOpen: false)
{
    /// <summary>What is wrong with the certificate the peer showed; null where nothing is, or none was looked at yet.</summary>
    public string? PeerFault { get; set; }
}
