using ClassicBroker.Platform;
using ClassicBroker.Transport;

namespace ClassicBroker.Rpc.Http;

/// <summary>
/// Asks servers of HTTP/1.1 for small documents, each on a connection of its own: no redirects, no cookies, no compression, no proxies,
/// and every length and time bounded. Threading: any thread may ask; the connections live on <see cref="Loop"/>.
/// </summary>
public sealed class HttpRequester(ITransport transport, IEventLoop loop)
{
    /// <summary>One of the transport's.</summary>
    public IEventLoop Loop { get; } = loop;

    /// <summary>The answer, whatever its status.</summary>
    /// <exception cref="HttpException">There was none in time, or what came is no answer.</exception>
    public Task<HttpAnswer> SendAsync(HttpRequest request) => Loop.InvokeAsync(() => SendOnLoopAsync(request));

    private async Task<HttpAnswer> SendOnLoopAsync(HttpRequest request)
    {
        var call = new HttpCall(request.ToBytes(), request.BodyBytesMax);
        TransportChannel channel;
        try
        {
            channel = await transport.ConnectAsync(new ConnectOptions
            {
                Host = request.Address.Host,
                Port = request.Address.Port,
                Loop = Loop,
                ConnectTimeout = request.ConnectTimeout,
                Initializer = channel => Fill(channel, request, call),
            });
        }
        catch (ConnectException failure)
        {
            throw new HttpException(failure.Message);
        }

        if (await Loop.IsSignalledWithinAsync(call.Ended, request.AnswerTimeout))
        {
            return call.Take();
        }

        channel.Close();
        throw new HttpException($"there was no answer within {request.AnswerTimeout.TotalMilliseconds} ms");
    }

    private static void Fill(TransportChannel channel, HttpRequest request, HttpCall call)
    {
        if (request.Address.IsTls)
        {
            channel.Pipeline.AddLast(new TlsHandler(request.Tls.Client(request.Address.Host), request.AnswerTimeout));
        }

        channel.Pipeline.AddLast(call);
    }
}
