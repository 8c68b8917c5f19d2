using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ClassicBroker.Operations;

/// <summary>
/// HTTP/1.1 for one application: Kestrel as it is, without hosting, routing or dependency injection, of which nothing here has use
/// (decision 0011). Made, started and disposed by what it serves. Threading: Kestrel's, apart from the broker's loops.
/// </summary>
public sealed class HttpServer : IAsyncDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(2);

    private readonly KestrelServer _server;

    private HttpServer(KestrelServer server) => _server = server;

    /// <summary>Where it serves, with the port that the system chose where 0 was asked for.</summary>
    public IReadOnlyList<string> Addresses { get; private init; } = [];

    /// <summary>Serves the application at the addresses that <paramref name="options"/> listens at.</summary>
    /// <exception cref="IOException">An address cannot be had.</exception>
    public static async Task<HttpServer> StartAsync<TContext>(KestrelServerOptions options, IHttpApplication<TContext> application)
        where TContext : notnull
    {
        options.AddServerHeader = false;
        var quiet = NullLoggerFactory.Instance;
        var server = new KestrelServer(
            Options.Create(options), new SocketTransportFactory(Options.Create(new SocketTransportOptions()), quiet), quiet);
        try
        {
            await server.StartAsync(application, CancellationToken.None);
        }
        catch (IOException)
        {
            server.Dispose();
            throw;
        }

        return new(server) { Addresses = [.. server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses] };
    }

    /// <summary>Ends the requests under way, and no longer serves.</summary>
    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(StopPatience);
        await _server.StopAsync(patience.Token);
        _server.Dispose();
    }
}
