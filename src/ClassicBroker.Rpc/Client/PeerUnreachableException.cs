namespace ClassicBroker.Rpc;

/// <summary>
/// A broker did not answer: not connected, disconnected, silent for too long, or not speaking the protocol. It may or may not have acted.
/// </summary>
public sealed class PeerUnreachableException(string message, Exception? cause = null) : IOException(message, cause);
