using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Operations;

/// <summary>
/// Serves each <see cref="OperationsSite"/> at its addresses. Made, started and disposed by the executable. Threading: Kestrel's, apart
/// from the broker's loops.
/// </summary>
public sealed partial class OperationsServer : IAsyncDisposable
{
    private const int ConnectionsMax = 100;
    private const int RequestBodyMax = 1024;

    private readonly HttpServer _server;

    private OperationsServer(HttpServer server) => _server = server;

    /// <summary>Where it serves, with the port that the system chose where 0 was asked for.</summary>
    public IReadOnlyList<string> Addresses => _server.Addresses;

    /// <summary>Serves each site at its addresses.</summary>
    /// <exception cref="IOException">An address cannot be had.</exception>
    public static async Task<OperationsServer> StartAsync(
        IReadOnlyList<(OperationsAddress Address, OperationsSite Site)> sites, ILoggerFactory loggers)
    {
        var options = new KestrelServerOptions();
        options.Limits.MaxConcurrentConnections = ConnectionsMax;
        options.Limits.MaxRequestBodySize = RequestBodyMax;
        var logger = loggers.CreateLogger("ClassicBroker.Operations.OperationsServer");
        foreach (var (address, site) in sites)
        {
            options.Listen(address.Address, address.Port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(next => connection =>
                {
                    connection.Features.Set(site);
                    return next(connection);
                });
            });
        }

        var server = await HttpServer.StartAsync(options, new Application(logger));
        LogServing(logger, string.Join(' ', server.Addresses));
        return new(server);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [LoggerMessage(Level = LogLevel.Information, Message = "Serving operators at {Addresses}")]
    private static partial void LogServing(ILogger logger, string addresses);

    [LoggerMessage(Level = LogLevel.Error, Message = "A request for {Path} failed")]
    private static partial void LogFailed(ILogger logger, Exception failure, string path);

    /// <summary>What Kestrel asks to answer a request.</summary>
    private sealed class Application(ILogger logger) : IHttpApplication<IFeatureCollection>
    {
        private const int Failed = 500;

        public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

        public void DisposeContext(IFeatureCollection context, Exception? exception)
        {
        }

        public async Task ProcessRequestAsync(IFeatureCollection context)
        {
            var request = context.GetRequiredFeature<IHttpRequestFeature>();
            var response = context.GetRequiredFeature<IHttpResponseFeature>();
            var answer = await AnswerAsync(context.GetRequiredFeature<OperationsSite>(), request);
            response.StatusCode = answer.Status;
            response.Headers.ContentType = answer.ContentType;
            response.Headers.ContentLength = answer.Body.Length;
            response.Headers.CacheControl = "no-store";
            if (request.Method != "HEAD")
            {
                await context.GetRequiredFeature<IHttpResponseBodyFeature>().Writer.WriteAsync(answer.Body);
            }
        }

        /// <summary>A fault in what is shown must not reach the broker: it costs this answer.</summary>
        private async Task<OperationsAnswer> AnswerAsync(OperationsSite site, IHttpRequestFeature request)
        {
            try
            {
                return await site.AnswerAsync(request.Method, request.Path);
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                LogFailed(logger, failure, request.Path);
                return new(Failed, "text/plain; charset=utf-8", "The broker's log says what went wrong.\n"u8.ToArray());
            }
        }
    }
}
