namespace ClassicBroker.Transport;

/// <summary>A TLS handshake did not come about. The message names the peer and the reason in words for people.</summary>
public sealed class TlsHandshakeException(string message, Exception? inner = null) : Exception(message, inner);
