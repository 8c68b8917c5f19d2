using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ClassicBroker.AdminConsole.Http;

/// <summary>Server-sent events to one browser. What it does not read in time holds the writer up. Threading: the request's.</summary>
internal sealed class EventStream(HttpContext http)
{
    private bool _hasBegun;

    public async Task SendAsync<T>(string name, T value, JsonTypeInfo<T> form)
    {
        if (!_hasBegun)
        {
            _hasBegun = true;
            http.Response.ContentType = "text/event-stream; charset=utf-8";
            http.Response.Headers["X-Accel-Buffering"] = "no";
            // Before its start a response has no buffers to write into.
            await http.Response.StartAsync(http.RequestAborted);
        }

        // One line: JSON without indentation holds no line break.
        var body = http.Response.BodyWriter;
        body.Write("event: "u8);
        body.Write(System.Text.Encoding.ASCII.GetBytes(name));
        body.Write("\ndata: "u8);
        body.Write(JsonSerializer.SerializeToUtf8Bytes(value, form));
        body.Write("\n\n"u8);
        await body.FlushAsync(http.RequestAborted);
    }
}
