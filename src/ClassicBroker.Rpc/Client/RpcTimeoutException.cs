namespace ClassicBroker.Rpc;

/// <summary>
/// The answer did not come in time; the connection was given up, since answers behind it could not be told apart. Whether the broker served
/// the request is not known.
/// </summary>
public sealed class RpcTimeoutException(string message) : IOException(message);
