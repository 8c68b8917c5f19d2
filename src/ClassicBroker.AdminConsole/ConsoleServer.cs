using ClassicBroker.AdminConsole.Api;
using ClassicBroker.AdminConsole.Clusters;
using ClassicBroker.AdminConsole.Http;
using ClassicBroker.AdminConsole.Sampling;
using ClassicBroker.AdminConsole.Sessions;
using ClassicBroker.AdminConsole.Sessions.Oidc;
using ClassicBroker.Operations;
using ClassicBroker.Platform;
using ClassicBroker.Transport;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.AdminConsole;

/// <summary>
/// The admin console: pages and their API over HTTP, at the addresses of <c>console.listeners</c>. Made, started and disposed by the
/// program. Threading: the HTTP server's own threads.
/// </summary>
public sealed partial class ConsoleServer : IAsyncDisposable
{
    private const int ConnectionsMax = 500;

    private readonly HttpServer _server;
    private readonly ConsoleServices _services;

    private ConsoleServer(HttpServer server, ConsoleServices services) => (_server, _services) = (server, services);

    /// <summary>Where it serves, with the port that the system chose where 0 was asked for.</summary>
    public IReadOnlyList<string> Addresses => _server.Addresses;

    /// <summary>Ends when the console has looked at the cluster for the first time: what only its start needed is behind it.</summary>
    public Task Settled => _services.Sampler.Sampled;

    /// <summary>Serves the console.</summary>
    /// <exception cref="IOException">An address cannot be had.</exception>
    /// <exception cref="ConsoleConfigException">A file that a key names cannot be used.</exception>
    public static async Task<ConsoleServer> StartAsync(ConsoleConfig config, ConsoleEnvironment environment)
    {
        var logger = environment.Loggers.CreateLogger("ClassicBroker.AdminConsole.ConsoleServer");
        var addresses = new List<string>();
        var services = Services(config, environment, token => ShowToken(logger, addresses, token));
        HttpServer server;
        try
        {
            server = await HttpServer.StartAsync(Listening(config), new ConsoleApplication(services, new(services, logger)));
        }
        catch (IOException)
        {
            await services.Cluster.DisposeAsync();
            throw;
        }

        addresses.AddRange(server.Addresses);
        LogServing(logger, string.Join(' ', addresses));
        WarnOfStrangers(config, logger);
        if (config.SignIn == ConsoleSignIn.Token)
        {
            services.Token.Begin();
        }

        services.Sampler.Start();
        return new(server, services);
    }

    /// <summary>Ends the requests under way, and closes what the console opened.</summary>
    public async ValueTask DisposeAsync()
    {
        await _services.Sampler.DisposeAsync();
        await _server.DisposeAsync();
        await _services.Cluster.DisposeAsync();
    }

    private static ConsoleServices Services(ConsoleConfig config, ConsoleEnvironment environment, Action<string> showToken)
    {
        var time = environment.Time;
        var cluster = new ConsoleCluster(environment);
        var routes = new ConsoleRoutes();
        ConsoleApi.AddTo(routes);
        return new ConsoleServices
        {
            Config = config,
            Cluster = cluster,
            Sessions = new SessionTable(time, config.SessionIdle),
            Limit = new SignInLimit(time),
            Token = new OneTimeToken(showToken),
            Passwords = new PasswordCheck(config, environment.ClientProperties, environment.Network),
            Oidc = config.Oidc is { } oidc ? new OidcProvider(oidc, environment.Http, OidcTls(oidc), time) : null,
            Audit = new AuditLog(environment.Loggers.CreateLogger(AuditLog.Category)),
            Sampler = new ClusterSampler(cluster, environment.AskBroker, time),
            Routes = routes,
            Time = time,
        };
    }

    private static TlsContext OidcTls(OidcConfig config)
    {
        try
        {
            return TlsContext.Load(TlsSettings.Read(config.Tls.GetValueOrDefault), new PosixFileSystem());
        }
        catch (TlsSettingException wrong)
        {
            throw new ConsoleConfigException($"console.oidc.{wrong.Key}", wrong.Value ?? "", wrong.Reason);
        }
    }

    private static KestrelServerOptions Listening(ConsoleConfig config)
    {
        var options = new KestrelServerOptions();
        options.Limits.MaxConcurrentConnections = ConnectionsMax;
        foreach (var address in config.Listeners)
        {
            options.Listen(address.Address, address.Port, listen => listen.Protocols = HttpProtocols.Http1);
        }

        return options;
    }

    private static void ShowToken(ILogger logger, List<string> addresses, string token)
    {
        foreach (var address in addresses.Take(1))
        {
            LogToken(logger, $"{address}/#/sign-in?token={token}");
        }
    }

    private static void WarnOfStrangers(ConsoleConfig config, ILogger logger)
    {
        foreach (var address in config.Listeners.Where(address => !System.Net.IPAddress.IsLoopback(address.Address)))
        {
            if (config.PublicUrl?.Scheme != "https")
            {
                LogNotEncrypted(logger, address);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The admin console is served at {Addresses}")]
    private static partial void LogServing(ILogger logger, string addresses);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sign in to the admin console, once, by this address: {Address}")]
    private static partial void LogToken(ILogger logger, string address);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The admin console can be reached from other machines at {Address}, and passwords travel unencrypted: put a proxy with TLS before it, and name its address in console.public.url")]
    private static partial void LogNotEncrypted(ILogger logger, OperationsAddress address);
}
