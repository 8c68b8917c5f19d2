using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.AdminConsole.Http;

/// <summary>
/// What every request passes: response headers that keep browsers careful, the host that was asked for, the session, the role, the token
/// against forged requests; and how failures are answered. Threading: any.
/// </summary>
internal sealed partial class ConsoleRequests(ConsoleServices services, ILogger logger)
{
    public const string CsrfHeader = "X-CSRF-Token";

    /// <summary>Scripts and styles of our own only, and no page of ours in a frame: what a record holds can run nowhere.</summary>
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Browsers send cookies to all ports of a host: consoles of several brokers on one machine tell theirs apart by the
    /// port.</summary>
    public static string CookieOf(HttpContext http) => $"classicbroker-console-{http.Connection.LocalPort}";

    public static string NameOf(ConsoleRole role) => role switch
    {
        ConsoleRole.ReadOnly => "read-only",
        ConsoleRole.Operator => "operator",
        _ => "admin",
    };

    public static void Protect(HttpResponse response)
    {
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.XFrameOptions = "DENY";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        response.Headers.CacheControl = "no-store";
    }

    /// <summary>
    /// Whether a request asks for a host that is the console's: an address, localhost, or that of <c>console.public.url</c>. A name of
    /// another site that was made to lead here (DNS rebinding) is not.
    /// </summary>
    public bool IsOwnHost(HttpRequest request) =>
        request.Host.Host is var host
        && (host is "localhost" || IPAddress.TryParse(host.Trim('[', ']'), out _)
            || string.Equals(host, services.Config.PublicUrl?.Host, StringComparison.OrdinalIgnoreCase));

    public async Task AnswerAsync(HttpContext http, ConsoleRoute route)
    {
        var session = services.Sessions.Find(http.Request.Cookies[CookieOf(http)]);
        var call = new ConsoleCall(http, services, session);
        try
        {
            Admit(call, route);
            ConsoleRoutes.Limit(http, route);
            await route.Handle(call);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The browser has gone.
        }
        catch (BadHttpRequestException malformed)
        {
            await RefuseAsync(http, malformed.StatusCode, new(malformed.Message));
        }
        catch (Exception failure) when (ApiProblem.Of(failure) is { } answer)
        {
            var (status, problem) = answer;
            if (route.Takes is not null && route.Role is not null)
            {
                services.Audit.Refused(session, call.Address, $"{route.Method} {route.Path}", problem.Message);
            }

            await RefuseAsync(http, status, problem);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // A fault in what is shown must not reach the broker: it costs this answer.
            LogFailed(logger, failure, route.Method, route.Path);
            await RefuseAsync(http, StatusCodes.Status500InternalServerError, new("The console failed.", "Its log says what went wrong."));
        }
    }

    public static async Task RefuseAsync(HttpContext http, int status, ApiProblem problem)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        http.Response.Clear();
        Protect(http.Response);
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json; charset=utf-8";
        await JsonSerializer.SerializeAsync(http.Response.Body, problem, ConsoleJson.Default.ApiProblem);
    }

    /// <exception cref="ApiException">The request may not be made.</exception>
    private void Admit(ConsoleCall call, ConsoleRoute route)
    {
        var request = call.Http.Request;
        var changes = !HttpMethods.IsGet(route.Method);
        if (changes && !IsFromOwnPage(request))
        {
            throw new ApiException(StatusCodes.Status403Forbidden, "This request comes from a page of another site.");
        }

        if (route.Role is not { } role)
        {
            return;
        }

        if (call.Session is not { } session)
        {
            throw new ApiException(StatusCodes.Status401Unauthorized, "Sign in first.");
        }

        if (changes && !IsSame(request.Headers[CsrfHeader].ToString(), session.CsrfToken))
        {
            throw new ApiException(StatusCodes.Status403Forbidden, $"The header {CsrfHeader} does not carry this session's token.");
        }

        if (session.Role < role)
        {
            throw new ApiException(
                StatusCodes.Status403Forbidden, $"This needs the role {NameOf(role)}; you are signed in as {NameOf(session.Role)}.");
        }
    }

    /// <summary>Browsers tell where a request comes from; other programs do not, and cannot be tricked into one.</summary>
    private bool IsFromOwnPage(HttpRequest request)
    {
        if (request.Headers.Origin.ToString() is { Length: > 0 } origin)
        {
            return Uri.TryCreate(origin, UriKind.Absolute, out var from)
                && (from.Authority == request.Host.Value || from.Authority == services.Config.PublicUrl?.Authority);
        }

        return request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin" or "none";
    }

    private static bool IsSame(string given, string expected) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private static partial void LogFailed(ILogger logger, Exception failure, string method, string path);
}
