using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace ClassicBroker.AdminConsole.Http;

/// <summary>
/// What the HTTP server asks to answer a request: an operation of the API by its method and path, otherwise a file of the pages. Operations
/// have no parts of paths to take apart, so that finding one is a look-up. Immutable. Threading: any.
/// </summary>
internal sealed class ConsoleApplication : IHttpApplication<HttpContext>
{
    private readonly ConsoleRequests _requests;
    private readonly ConsoleAssets _assets = new();
    private readonly Dictionary<(string Method, string Path), ConsoleRoute> _routes;

    public ConsoleApplication(ConsoleServices services, ConsoleRequests requests)
    {
        _requests = requests;
        _routes = services.Routes.All.ToDictionary(route => (route.Method, route.Path));
    }

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    public async Task ProcessRequestAsync(HttpContext context)
    {
        ConsoleRequests.Protect(context.Response);
        var request = context.Request;
        if (!_requests.IsOwnHost(request))
        {
            await ConsoleRequests.RefuseAsync(context, StatusCodes.Status421MisdirectedRequest, new(
                $"{request.Host.Host} is not a name of this console.", $"Set {ConsoleConfigKeys.PublicUrl} to the address users enter."));
        }
        else if (_routes.TryGetValue((request.Method, request.Path.Value ?? ""), out var route))
        {
            await _requests.AnswerAsync(context, route);
        }
        else
        {
            await SendAssetAsync(context);
        }
    }

    private async Task SendAssetAsync(HttpContext http)
    {
        var path = http.Request.Path.Value ?? "/";
        if (!HttpMethods.IsGet(http.Request.Method) || _assets.Find(path) is not { } asset)
        {
            await ConsoleRequests.RefuseAsync(http, StatusCodes.Status404NotFound, new("There is nothing here.", "The console is at /"));
            return;
        }

        http.Response.Headers.CacheControl = "no-cache";
        http.Response.Headers.ETag = asset.Tag;
        if (http.Request.Headers.IfNoneMatch == asset.Tag)
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        http.Response.ContentType = asset.ContentType;
        await using var content = asset.Open();
        http.Response.ContentLength = content.Length;
        await content.CopyToAsync(http.Response.Body, http.RequestAborted);
    }
}
