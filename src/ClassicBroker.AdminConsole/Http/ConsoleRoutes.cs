using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Features;

namespace ClassicBroker.AdminConsole.Http;

/// <summary>The API: all its routes, in the order they were added. Filled once, before the server starts; then immutable.</summary>
internal sealed class ConsoleRoutes
{
    private const long LargeBodyBytes = 24 * 1024 * 1024;

    private readonly List<ConsoleRoute> _routes = [];

    public IReadOnlyList<ConsoleRoute> All => _routes;

    /// <summary>A question that changes nothing.</summary>
    public void Get<TAnswer>(
        string path, string summary, string parameters, JsonTypeInfo<TAnswer> gives, Func<ConsoleCall, Task<TAnswer>> answer,
        ConsoleRole? role = ConsoleRole.ReadOnly) =>
        AddGet(path, summary, parameters, role, gives, async call => await WriteAsync(call, await answer(call), gives));

    /// <summary>A question whose answer the handler writes itself.</summary>
    public void GetRaw(
        string path, string summary, string parameters, Func<ConsoleCall, Task> handle, ConsoleRole? role = ConsoleRole.ReadOnly) =>
        AddGet(path, summary, parameters, role, null, handle);

    /// <summary>An order. <paramref name="role"/> is the least that may give it.</summary>
    public void Post<TOrder, TAnswer>(
        string path, ConsoleRole? role, string summary, JsonTypeInfo<TOrder> takes, JsonTypeInfo<TAnswer> gives,
        Func<ConsoleCall, TOrder, Task<TAnswer>> carryOut, bool isLarge = false)
        where TOrder : class =>
        _routes.Add(new()
        {
            Method = HttpMethods.Post,
            Path = path,
            Role = role,
            Summary = summary,
            Takes = takes,
            Gives = gives,
            BodyBytesMax = isLarge ? LargeBodyBytes : 1024 * 1024,
            Handle = async call => await WriteAsync(call, await carryOut(call, await ReadAsync(call, takes)), gives),
        });

    /// <summary>An order whose answer is only that it was carried out.</summary>
    public void Post<TOrder>(
        string path, ConsoleRole role, string summary, JsonTypeInfo<TOrder> takes, Func<ConsoleCall, TOrder, Task> carryOut)
        where TOrder : class =>
        Post(path, role, summary, takes, ConsoleJson.Default.Done, async (call, order) =>
        {
            await carryOut(call, order);
            return Done.Instance;
        });

    /// <summary>Takes over how large the body of a request may be, before anything of it is read.</summary>
    public static void Limit(HttpContext http, ConsoleRoute route)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = route.BodyBytesMax;
        }
    }

    public static async Task WriteAsync<T>(ConsoleCall call, T answer, JsonTypeInfo<T> form)
    {
        call.Http.Response.ContentType = "application/json; charset=utf-8";
        await JsonSerializer.SerializeAsync(call.Http.Response.Body, answer, form, call.Aborted);
    }

    private static async Task<TOrder> ReadAsync<TOrder>(ConsoleCall call, JsonTypeInfo<TOrder> takes)
        where TOrder : class
    {
        // A form that another site posts cannot have this type without asking first.
        if (call.Http.Request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) != true)
        {
            throw new ApiException(StatusCodes.Status415UnsupportedMediaType, "The body must be application/json.");
        }

        try
        {
            var order = await JsonSerializer.DeserializeAsync(call.Http.Request.Body, takes, call.Aborted)
                ?? throw ApiException.BadRequest("The body must not be null.");
            OrderCheck.RequireWhole(order, takes);
            return order;
        }
        catch (JsonException malformed)
        {
            throw ApiException.BadRequest($"The body is not what this takes: {malformed.Message}");
        }
    }

    private void AddGet(
        string path, string summary, string parameters, ConsoleRole? role, JsonTypeInfo? gives, Func<ConsoleCall, Task> handle) =>
        _routes.Add(new()
        {
            Method = HttpMethods.Get,
            Path = path,
            Role = role,
            Summary = summary,
            Parameters = parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            Gives = gives,
            Handle = handle,
        });
}
