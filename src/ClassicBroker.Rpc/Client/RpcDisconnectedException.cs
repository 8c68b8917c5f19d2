namespace ClassicBroker.Rpc;

/// <summary>
/// The connection ended before the answer came. Whether the broker served the request is not known.
/// </summary>
public sealed class RpcDisconnectedException(string message, Exception? cause = null) : IOException(message, cause);
