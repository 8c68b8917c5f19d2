using ClassicBroker.Transport;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Rpc;

/// <summary>
/// What is logged of connections and requests: completed requests go to <c>kafka.request.logger</c>, which is the category of
/// kafka-request.log, the rest to the broker's own log. Threading: safe from any loop.
/// </summary>
public sealed partial class RequestTrace(ILoggerFactory loggers)
{
    public const string RequestLogger = "kafka.request.logger";

    /// <summary>What anybody who can reach a port can make the broker write.</summary>
    private readonly LineRate _strangers = new(linesMax: 20, TimeSpan.FromSeconds(10));

    private readonly ILogger _requests = loggers.CreateLogger(RequestLogger);
    private readonly ILogger _log = loggers.CreateLogger("kafka.network.Processor");

    internal void Completed(RequestContext context, int responseLength)
    {
        if (_requests.IsEnabled(LogLevel.Debug))
        {
            LogCompleted(_requests, CompletedRequest.Describe(context, responseLength));
        }
    }

    internal void Malformed(ClientConnection connection, string reason)
    {
        if (MayTell(connection))
        {
            LogMalformed(_log, connection.Id, connection.Listener.Name, reason);
        }
    }

    internal void Idle(ClientConnection connection) => LogIdle(_log, connection.Id);

    internal void Reset(ClientConnection connection, string reason) => LogReset(_log, connection.Id, reason);

    internal void HandshakeFailed(ClientConnection connection, string reason)
    {
        if (MayTell(connection))
        {
            LogHandshakeFailed(_log, connection.Id, connection.Listener.Name, reason);
        }
    }

    internal void AuthenticationFailed(ClientConnection connection, string reason)
    {
        if (MayTell(connection))
        {
            LogHandshakeFailed(_log, connection.Id, connection.Listener.Name, reason);
        }
    }

    internal void SessionEnded(ClientConnection connection) => LogSessionEnded(_log, connection.Id);

    /// <summary>What a peer has done wrong, with a guess where another protocol's first bytes were taken for a length.</summary>
    internal static string Describe(Exception fault) =>
        fault is InvalidReceiveException invalid && ForeignBytes.RequestDescribed(invalid.Length) is { } foreign
            ? $"{fault.Message} ({foreign})"
            : fault.Message;

    internal void Failed(ClientConnection connection, Exception failure) => LogFailed(_log, failure, connection.Id);

    internal void HandlerFailed(RequestContext context, Exception failure) =>
        LogHandlerFailed(_log, failure, context.Api.Name, context.ApiVersion, context.CorrelationId, context.Connection.Id);

    private bool MayTell(ClientConnection connection)
    {
        var may = _strangers.TryTake(connection.Channel.Loop.Time, out var withheld);
        if (withheld > 0)
        {
            LogWithheld(_log, withheld);
        }

        return may;
    }

    [LoggerMessage(1, LogLevel.Debug, "Completed request:{Request}", SkipEnabledCheck = true)]
    private static partial void LogCompleted(ILogger logger, string request);

    [LoggerMessage(2, LogLevel.Warning, "Closing connection {Connection} on listener {Listener}: {Reason}")]
    private static partial void LogMalformed(ILogger logger, string connection, string listener, string reason);

    [LoggerMessage(3, LogLevel.Debug, "Closing idle connection {Connection}")]
    private static partial void LogIdle(ILogger logger, string connection);

    [LoggerMessage(4, LogLevel.Debug, "Connection {Connection} was reset: {Reason}")]
    private static partial void LogReset(ILogger logger, string connection, string reason);

    [LoggerMessage(5, LogLevel.Error, "Closing connection {Connection} after an unexpected failure")]
    private static partial void LogFailed(ILogger logger, Exception failure, string connection);

    [LoggerMessage(6, LogLevel.Error, "Unexpected failure of {Api} version {Version} with correlation id {CorrelationId} of {Connection}")]
    private static partial void LogHandlerFailed(
        ILogger logger, Exception failure, string api, short version, int correlationId, string connection);

    [LoggerMessage(7, LogLevel.Information, "Failed authentication with {Connection} on listener {Listener}: {Reason}")]
    private static partial void LogHandshakeFailed(ILogger logger, string connection, string listener, string reason);

    [LoggerMessage(8, LogLevel.Warning, "{Count} more connections were closed for such reasons and not logged one by one")]
    private static partial void LogWithheld(ILogger logger, long count);

    [LoggerMessage(9, LogLevel.Debug, "Disconnecting expired channel: {Connection}")]
    private static partial void LogSessionEnded(ILogger logger, string connection);
}
