namespace ClassicBroker.Transport;

/// <summary>A connection could not be opened.</summary>
public sealed class ConnectException(ConnectFailure failure, string host, int port, string reason)
    : IOException($"Connection to {host}:{port} could not be established: {reason}")
{
    public ConnectFailure Failure { get; } = failure;

    public string Host { get; } = host;

    public int Port { get; } = port;
}
