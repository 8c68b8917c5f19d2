using System.Net;
using System.Net.Sockets;
using ClassicBroker.Platform;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Transport;

/// <summary>
/// Connections over the platform's own sockets, as DotNetty's are: for clients on systems without epoll, and on Linux where that is asked
/// for. Nothing native is called. Threading: any thread.
/// </summary>
public sealed class SocketTransport(SocketEventLoop loop, IAddressResolver resolver, ILogger<SocketTransport> logger) : ITransport
{
    private long _lastId;

    /// <summary>Never: clients connect. Brokers listen, and do so over <see cref="EpollTransport"/>.</summary>
    public Task<IChannelListener> ListenAsync(ListenOptions options) =>
        throw new NotSupportedException("This transport connects only; brokers listen over epoll.");

    public Task<TransportChannel> ConnectAsync(ConnectOptions options, CancellationToken cancellation = default) =>
        resolver.ConnectAsync(
            options, address => loop.InvokeAsync(() => ConnectAsync(options, address, cancellation)), cancellation);

    private async Task<TransportChannel> ConnectAsync(ConnectOptions options, IPEndPoint remote, CancellationToken cancellation)
    {
        var socket = new Socket(remote.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            Apply(socket, options.Options);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var timeout = loop.Schedule(limit.Cancel, options.ConnectTimeout);
            try
            {
                await socket.ConnectAsync(remote, limit.Token);
            }
            finally
            {
                timeout.Cancel();
            }

            var local = (IPEndPoint)socket.LocalEndPoint!;
            if (local.Equals(remote))
            {
                // Where both ends took the same free port, there is no listener.
                throw new SocketException((int)SocketError.ConnectionRefused);
            }

            socket.Blocking = false;
            var channel = new SocketChannel(Interlocked.Increment(ref _lastId), loop, options.Options, socket, local, remote, logger);
            channel.Start(options.Initializer);
            return channel;
        }
        catch (SocketException failure)
        {
            socket.Dispose();
            throw new ConnectException(FailureOf(failure.SocketErrorCode), options.Host, options.Port, failure.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            socket.Dispose();
            throw new ConnectException(
                ConnectFailure.TimedOut, options.Host, options.Port, $"no answer within {options.ConnectTimeout.TotalMilliseconds} ms");
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void Apply(Socket socket, ChannelOptions options)
    {
        socket.NoDelay = options.NoDelay;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, options.KeepAlive);
        if (options.SendBufferBytes > 0)
        {
            socket.SendBufferSize = options.SendBufferBytes;
        }

        if (options.ReceiveBufferBytes > 0)
        {
            socket.ReceiveBufferSize = options.ReceiveBufferBytes;
        }
    }

    private static ConnectFailure FailureOf(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => ConnectFailure.Refused,
        SocketError.TimedOut => ConnectFailure.TimedOut,
        SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.NetworkDown or SocketError.HostDown =>
            ConnectFailure.Unreachable,
        _ => ConnectFailure.LocalFailure,
    };
}
