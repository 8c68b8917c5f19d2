using System.IO.Compression;
using System.Net;
using ClassicBroker.Testing.Otlp;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>A collector of OpenTelemetry that a test plays: takes what is posted, compressed or not. One test owns it.</summary>
internal sealed class OtlpCollector : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly object _gate = new();
    private readonly List<(string Path, ProtobufMessage Message, string? Key)> _taken = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public OtlpCollector()
    {
        Address = $"http://127.0.0.1:{LoopbackPorts.Next()}";
        _listener.Prefixes.Add($"{Address}/");
        _listener.Start();
        _ = TakeAsync();
    }

    public string Address { get; }

    /// <summary>The first request to a path for which something holds, and the key it came with.</summary>
    public async Task<(ProtobufMessage Message, string? Key)> WaitForAsync(string path, Func<ProtobufMessage, bool> holds, TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        while (true)
        {
            Task more;
            lock (_gate)
            {
                if (_taken.Find(each => each.Path == path && holds(each.Message)) is { Message: not null } found)
                {
                    return (found.Message, found.Key);
                }

                more = _more.Task;
            }

            await more.WaitAsync(timeout.Token);
        }
    }

    public void Dispose() => _listener.Close();

    private async Task TakeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var body = new MemoryStream();
            var request = context.Request;
            await using (var stream = request.Headers["Content-Encoding"] == "gzip"
                ? new GZipStream(request.InputStream, CompressionMode.Decompress)
                : request.InputStream)
            {
                await stream.CopyToAsync(body);
            }

            lock (_gate)
            {
                _taken.Add((request.Url!.AbsolutePath, ProtobufMessage.Parse(body.ToArray()), request.Headers["api-key"]));
                _more.TrySetResult();
                _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            context.Response.StatusCode = 200;
            context.Response.Close();
        }
    }
}
