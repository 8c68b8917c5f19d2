using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ClassicBroker.Operations;

/// <summary>
/// Asks a broker's HTTP about its health, for images that hold no other program that could: <c>kafka-server --health URL</c>. Stateless.
/// </summary>
public static class HealthProbe
{
    private const int AnswerBytesMax = 64 * 1024;
    private const int Unhealthy = 1;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>0 for an answer with status 200, else 1; the answer is printed, or why there is none.</summary>
    public static async Task<int> AskAsync(string address, TextWriter output, TextWriter error)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme != "http")
        {
            await error.WriteLineAsync($"{address} is not of the form http://host:port/path");
            return Unhealthy;
        }

        try
        {
            using var limit = new CancellationTokenSource(Patience);
            var (status, body) = Parse(await ReadAsync(uri, limit.Token));
            await output.WriteLineAsync(body.TrimEnd());
            return status == 200 ? 0 : Unhealthy;
        }
        catch (Exception failure) when (failure is SocketException or IOException or OperationCanceledException or FormatException)
        {
            await error.WriteLineAsync($"{address}: {failure.Message}");
            return Unhealthy;
        }
    }

    private static async Task<string> ReadAsync(Uri uri, CancellationToken cancellation)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(uri.DnsSafeHost, uri.Port, cancellation);
        var request = $"GET {uri.PathAndQuery} HTTP/1.1\r\nHost: {uri.Authority}\r\nConnection: close\r\n\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(request), cancellation);
        var buffer = new byte[AnswerBytesMax];
        var length = 0;
        for (int read; length < buffer.Length && (read = await socket.ReceiveAsync(buffer.AsMemory(length), cancellation)) > 0;)
        {
            length += read;
        }

        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    /// <exception cref="FormatException">It is no answer.</exception>
    private static (int Status, string Body) Parse(string answer)
    {
        var end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var words = answer.Split(' ', 3);
        return end > 0 && words[0].StartsWith("HTTP/1.", StringComparison.Ordinal)
            && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            ? (status, answer[(end + 4)..])
            : throw new FormatException("what answers is no HTTP server");
    }
}
