namespace ClassicBroker.Transport;

/// <summary>
/// A TLS handshake did not come about; the message says why in words for people, the code that catches it knows the peer.
/// <paramref name="isRefusal"/> tells what will fail again from what may pass: a peer that went away without a word.
/// </summary>
public sealed class TlsHandshakeException(string reason, Exception? inner = null, bool isRefusal = true)
    : Exception($"TLS handshake failed: {reason}", inner)
{
    /// <summary>One side refused the other, or does not speak TLS.</summary>
    public bool IsRefusal { get; } = isRefusal;
}
