namespace ClassicBroker.Transport;

/// <summary>An open connection failed: reset by the peer, or given up by the operating system.</summary>
public sealed class ConnectionResetException(string message) : IOException(message);
