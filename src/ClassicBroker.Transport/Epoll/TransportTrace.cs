using System.Net;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Transport;

/// <summary>The log lines of the transport.</summary>
internal static partial class TransportTrace
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "Connection {Channel} lost: {Reason}")]
    public static partial void ConnectionLost(this ILogger logger, TransportChannel channel, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Unexpected error on {Channel}; closing connection")]
    public static partial void ConnectionFailed(this ILogger logger, TransportChannel channel, Exception exception);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Rejected connection from {Address} on {Listener}: address already has the configured maximum of {Max} connections.")]
    public static partial void TooManyFromAddress(this ILogger logger, IPAddress address, string listener, int max);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Closed {Count} connections to {Listener} whose peers said nothing for {SilenceMs} ms.")]
    public static partial void ClosedSilent(this ILogger logger, int count, string listener, double silenceMs);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Error while accepting connection on {EndPoint}: {Reason}; accepting again in {PauseMs} ms")]
    public static partial void AcceptFailed(this ILogger logger, IPEndPoint endPoint, string reason, int pauseMs);
}
