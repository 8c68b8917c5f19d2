using System.Net;
using ClassicBroker.Platform;

namespace ClassicBroker.Transport;

/// <summary>
/// One attempt to connect to one address, on the loop the channel will belong to. Threading: <see cref="RunAsync"/> from any thread, the
/// rest on the loop.
/// </summary>
internal sealed class EpollConnect(EpollTransport transport, EpollEventLoop loop, ConnectOptions options, IPEndPoint remote) : IPollable
{
    private readonly TaskCompletionSource<TransportChannel> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _socket = -1;
    private ulong _token;
    private IScheduledWork? _timeout;

    public async Task<TransportChannel> RunAsync(CancellationToken cancellation)
    {
        loop.Execute(Begin);
        await using var registration = cancellation.Register(() => loop.Execute(() => Cancel(cancellation)));
        return await _outcome.Task;
    }

    public void Ready(uint events)
    {
        var errno = SocketDescriptor.TakeError(_socket);
        if (errno != 0)
        {
            Fail(errno);
            return;
        }

        loop.Unregister(_socket, _token);
        Succeed();
    }

    public void Abandon() => End(ConnectFailure.LocalFailure, "the event loop has ended");

    private static ConnectFailure FailureOf(int errno) => errno switch
    {
        Errno.ConnectionRefused => ConnectFailure.Refused,
        Errno.TimedOut => ConnectFailure.TimedOut,
        Errno.NetworkUnreachable or Errno.HostUnreachable => ConnectFailure.Unreachable,
        _ => ConnectFailure.LocalFailure,
    };

    private void Begin()
    {
        if (_outcome.Task.IsCompleted)
        {
            return;
        }

        var socket = SocketDescriptor.Create(remote.AddressFamily);
        if (socket < 0)
        {
            Fail(-socket);
            return;
        }

        _socket = socket;
        var errno = SocketDescriptor.Apply(socket, options.Options);
        errno = errno != 0 ? errno : SocketDescriptor.Connect(socket, remote);
        switch (errno)
        {
            case 0:
                Succeed();
                break;
            case Errno.InProgress:
                _token = loop.Register(socket, this, EpollCalls.Out);
                _timeout = loop.Schedule(TimeOut, options.ConnectTimeout);
                break;
            default:
                SocketDescriptor.Close(socket);
                _socket = -1;
                Fail(errno);
                break;
        }
    }

    private void TimeOut() =>
        End(ConnectFailure.TimedOut, $"no answer within {options.ConnectTimeout.TotalMilliseconds} ms");

    private void Succeed()
    {
        _timeout?.Cancel();
        var local = SocketDescriptor.LocalEndPoint(_socket, remote.AddressFamily);
        if (local is null || local.Equals(remote))
        {
            // Where both ends took the same free port, there is no listener.
            SocketDescriptor.Close(_socket);
            var (failure, errno) = local is null
                ? (ConnectFailure.LocalFailure, Errno.NoBuffers)
                : (ConnectFailure.Refused, Errno.ConnectionRefused);
            _outcome.TrySetException(new ConnectException(failure, options.Host, options.Port, Errno.Describe(errno)));
            return;
        }

        var channel = new EpollChannel(transport.NextId(), loop, options.Options, _socket, local, remote, closed: null, transport.Logger);
        channel.Start(options.Initializer);
        if (!_outcome.TrySetResult(channel))
        {
            channel.Close();
        }
    }

    private void Fail(int errno) => End(FailureOf(errno), Errno.Describe(errno));

    private void End(ConnectFailure failure, string reason)
    {
        if (Release())
        {
            _outcome.TrySetException(new ConnectException(failure, options.Host, options.Port, reason));
        }
    }

    private void Cancel(CancellationToken cancellation)
    {
        if (Release())
        {
            _outcome.TrySetCanceled(cancellation);
        }
    }

    /// <returns>False where the attempt has ended already.</returns>
    private bool Release()
    {
        if (_outcome.Task.IsCompleted)
        {
            return false;
        }

        _timeout?.Cancel();
        if (_socket >= 0)
        {
            loop.Unregister(_socket, _token);
            SocketDescriptor.Close(_socket);
            _socket = -1;
        }

        return true;
    }
}
