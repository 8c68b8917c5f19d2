using System.Net;
using System.Net.Sockets;
using ClassicBroker.Platform;

namespace ClassicBroker.Transport;

/// <summary>
/// A listening socket on one of the group's loops; what it accepts is spread over all of them. It stops accepting while quotas or the
/// system's descriptors are exhausted, and connections wait in the backlog. Threading: <see cref="Dispose"/> from any thread, the rest
/// on its loop.
/// </summary>
internal sealed class EpollListener : IChannelListener, IPollable
{
    private const int AcceptsPerTurnMax = 64;
    private const int PauseMs = 100;

    private readonly EpollTransport _transport;
    private readonly ServerBootstrap _bootstrap;
    private readonly EpollEventLoop _loop;
    private readonly AddressFamily _family;
    private readonly int _socket;
    private readonly Action _roomMade;
    private ulong _token;
    private bool _accepts;
    private bool _closed;

    private EpollListener(EpollTransport transport, ServerBootstrap bootstrap, int socket, IPEndPoint bound)
    {
        _transport = transport;
        _bootstrap = bootstrap;
        _loop = transport.NextLoop();
        _socket = socket;
        _roomMade = () => _loop.Execute(Resume);
        _family = bound.AddressFamily;
        LocalEndPoint = SocketDescriptor.LocalEndPoint(socket, _family) ?? bound;
    }

    public IPEndPoint LocalEndPoint { get; }

    /// <exception cref="BindException">The address cannot be had.</exception>
    public static EpollListener Bind(EpollTransport transport, ServerBootstrap bootstrap, IPEndPoint endPoint) =>
        TryBind(transport, bootstrap, endPoint) ?? throw Refused(endPoint, SocketCalls.FamilyNotSupported);

    /// <summary>Null where the machine does not have the address family.</summary>
    /// <exception cref="BindException">The address cannot be had.</exception>
    public static EpollListener? TryBind(EpollTransport transport, ServerBootstrap bootstrap, IPEndPoint endPoint)
    {
        var socket = SocketDescriptor.Create(endPoint.AddressFamily);
        if (socket < 0)
        {
            return -socket == SocketCalls.FamilyNotSupported ? null : throw Refused(endPoint, -socket);
        }

        var errno = Prepare(socket, bootstrap, endPoint);
        if (errno != 0)
        {
            SocketDescriptor.Close(socket);
            return errno == Errno.AddressNotAvailable && endPoint.Address.Equals(IPAddress.IPv6Any) ? null : throw Refused(endPoint, errno);
        }

        var listener = new EpollListener(transport, bootstrap, socket, endPoint);
        listener._loop.Execute(listener.Open);
        return listener;
    }

    public void Ready(uint events)
    {
        for (var i = 0; i < AcceptsPerTurnMax && _accepts && MayAccept(); i++)
        {
            var socket = SocketDescriptor.Accept(_socket, _family, out var peer);
            if (socket >= 0)
            {
                Admit(socket, peer);
            }
            else if (!CheckAccept(-socket))
            {
                return;
            }
        }
    }

    public void Abandon() => Close();

    public void Dispose() => _loop.Execute(Close);

    private static int Prepare(int socket, ServerBootstrap bootstrap, IPEndPoint endPoint)
    {
        var errno = SocketDescriptor.SetOption(socket, SocketCalls.LevelSocket, SocketCalls.ReuseAddress, 1);
        if (errno == 0 && endPoint.AddressFamily == AddressFamily.InterNetworkV6)
        {
            var everyFamily = endPoint.Address.Equals(IPAddress.IPv6Any);
            errno = SocketDescriptor.SetOption(socket, SocketCalls.LevelIPv6, SocketCalls.IPv6Only, everyFamily ? 0 : 1);
        }

        errno = errno != 0 ? errno : SocketDescriptor.Apply(socket, bootstrap.Options);
        errno = errno != 0 ? errno : SocketDescriptor.Bind(socket, endPoint);
        return errno != 0 ? errno : SocketDescriptor.Listen(socket, bootstrap.Backlog);
    }

    private static BindException Refused(IPEndPoint endPoint, int errno) =>
        new($"Socket server failed to bind to {endPoint}: {Errno.Describe(errno)}.");

    private void Open()
    {
        _accepts = true;
        _token = _loop.Register(_socket, this, EpollCalls.In);
    }

    private void Close()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        _accepts = false;
        _loop.Unregister(_socket, _token);
        SocketDescriptor.Close(_socket);
    }

    private bool MayAccept()
    {
        var admission = _bootstrap.Quotas?.MayAccept(_bootstrap.ListenerName, _roomMade) ?? ConnectionAdmission.Admitted;
        switch (admission)
        {
            case ConnectionAdmission.Full:
                Rest();
                return false;
            case ConnectionAdmission.TooFast:
                Rest();
                _loop.Schedule(Resume, _bootstrap.Quotas!.NextCreation(_bootstrap.ListenerName));
                return false;
            default:
                return true;
        }
    }

    private void Admit(int socket, IPEndPoint peer)
    {
        var quotas = _bootstrap.Quotas;
        if (quotas is not null && quotas.Admit(_bootstrap.ListenerName, peer.Address) != ConnectionAdmission.Admitted)
        {
            _transport.Logger.TooManyFromAddress(peer.Address, _bootstrap.ListenerName, quotas.Limits.ForAddress(peer.Address));
            SocketDescriptor.Close(socket);
            return;
        }

        var loop = _transport.NextLoop();
        Action? closed = quotas is null ? null : () => quotas.Release(_bootstrap.ListenerName, peer.Address);
        var local = SocketDescriptor.LocalEndPoint(socket, _family) ?? LocalEndPoint;
        var channel = new EpollChannel(
            _transport.NextId(), loop, _bootstrap.Options, socket, local, peer, closed, _transport.Logger);
        loop.Execute(() => channel.Open(_bootstrap.Initializer));
    }

    /// <returns>True to accept on.</returns>
    private bool CheckAccept(int errno)
    {
        switch (errno)
        {
            case Errno.Again:
                return false;
            case Errno.Interrupted or Errno.ConnectionAborted:
                return true;
            default:
                // Out of descriptors or memory: others may close some; asking at once again would burn the loop.
                _transport.Logger.AcceptFailed(LocalEndPoint, Errno.Describe(errno), PauseMs);
                Rest();
                _loop.Schedule(Resume, TimeSpan.FromMilliseconds(PauseMs));
                return false;
        }
    }

    private void Rest()
    {
        _accepts = false;
        _loop.Modify(_socket, 0, _token);
    }

    private void Resume()
    {
        if (!_closed && !_accepts)
        {
            _accepts = true;
            _loop.Modify(_socket, EpollCalls.In, _token);
        }
    }
}
