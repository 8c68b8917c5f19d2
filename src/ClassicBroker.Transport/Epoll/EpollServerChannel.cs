using System.Net;
using System.Net.Sockets;
using ClassicBroker.Platform;

namespace ClassicBroker.Transport;

/// <summary>
/// A listening socket on one of the group's loops; what it accepts is spread over all of them. It stops accepting while quotas or the
/// system's descriptors are exhausted, and connections wait in the backlog. Threading: its loop.
/// </summary>
internal sealed class EpollServerChannel : TransportServerChannel, IPollable
{
    /// <summary>Connections accepted in a turn; the next turn serves those that stand before it accepts more.</summary>
    private const int AcceptsPerTurnMax = 8;

    private const int PauseMs = 100;
    private const int ClosingLaterMax = 1_000;

    private readonly EpollTransport _transport;
    private readonly ListenOptions _options;
    private readonly EpollEventLoop _loop;
    private readonly Action _roomMade;
    private readonly SilentConnections? _silent;
    private AddressFamily _family;
    private int _socket = -1;
    private ulong _token;
    private bool _accepts;
    private IPEndPoint? _lastLocal;
    private int _closingLater;
    private long _restsSince;

    public EpollServerChannel(EpollTransport transport, EpollEventLoop loop, ListenOptions options)
        : base(transport.NextId(), loop.Netty)
    {
        _transport = transport;
        _options = options;
        _loop = loop;
        _roomMade = () => _loop.Execute(Resume);
        if (options.SilenceMax is { } silenceMax)
        {
            _silent = new(
                loop,
                silenceMax,
                Serve,
                Release,
                count => transport.Logger.ClosedSilent(count, options.ListenerName, silenceMax.TotalMilliseconds));
        }
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

    protected override IPEndPoint Bind(IPEndPoint address)
    {
        _family = address.AddressFamily;
        var socket = SocketDescriptor.Create(_family);
        if (socket < 0)
        {
            throw Refused(address, -socket, isFamilyMissing: -socket == SocketCalls.FamilyNotSupported);
        }

        var errno = Prepare(socket, address);
        if (errno != 0)
        {
            SocketDescriptor.Close(socket);
            throw Refused(address, errno, errno == Errno.AddressNotAvailable && address.Address.Equals(IPAddress.IPv6Any));
        }

        _socket = socket;
        _accepts = true;
        _token = _loop.Register(socket, this, EpollCalls.In);
        return SocketDescriptor.LocalEndPoint(socket, _family) ?? address;
    }

    protected override void CloseTransport()
    {
        _accepts = false;
        if (_socket >= 0)
        {
            _loop.Unregister(_socket, _token);
            SocketDescriptor.Close(_socket);
        }

        _silent?.CloseAll();
    }

    private static BindException Refused(IPEndPoint address, int errno, bool isFamilyMissing) =>
        new($"Socket server failed to bind to {address}: {Errno.Describe(errno)}.") { IsFamilyMissing = isFamilyMissing };

    private int Prepare(int socket, IPEndPoint address)
    {
        var errno = SocketDescriptor.SetOption(socket, SocketCalls.LevelSocket, SocketCalls.ReuseAddress, 1);
        if (errno == 0 && address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            var everyFamily = address.Address.Equals(IPAddress.IPv6Any);
            errno = SocketDescriptor.SetOption(socket, SocketCalls.LevelIPv6, SocketCalls.IPv6Only, everyFamily ? 0 : 1);
        }

        errno = errno != 0 ? errno : SocketDescriptor.Apply(socket, _options.Options);
        errno = errno != 0 ? errno : SocketDescriptor.Bind(socket, address);
        return errno != 0 ? errno : SocketDescriptor.Listen(socket, _options.Backlog);
    }

    private bool MayAccept()
    {
        var admission = _options.Quotas?.MayAccept(_options.ListenerName, _roomMade) ?? ConnectionAdmission.Admitted;
        switch (admission)
        {
            case ConnectionAdmission.Full:
                Rest();
                return false;
            case ConnectionAdmission.TooFast:
                Rest();
                _loop.Schedule(Resume, _options.Quotas!.NextCreation(_options.ListenerName));
                return false;
            default:
                return true;
        }
    }

    private void Admit(int socket, IPEndPoint peer)
    {
        var quotas = _options.Quotas;
        var admission = quotas?.Admit(_options.ListenerName, peer.Address) ?? ConnectionAdmission.Admitted;
        if (admission == ConnectionAdmission.TooFastFromAddress)
        {
            CloseLater(socket, quotas!.AddressThrottleMax);
            return;
        }

        if (admission != ConnectionAdmission.Admitted)
        {
            _transport.Logger.TooManyFromAddress(peer.Address, _options.ListenerName, quotas!.Limits.ForAddress(peer.Address));
            SocketDescriptor.Close(socket);
            return;
        }

        if (_silent is not null)
        {
            _silent.Add(socket, peer);
        }
        else
        {
            Serve(socket, peer, TimeSpan.Zero);
        }
    }

    private void Serve(int socket, IPEndPoint peer, TimeSpan waited)
    {
        var local = LocalEndPointOf(socket);
        Accepted(new EpollChannel(
            _transport.NextId(), _transport.NextLoop(), _options.Options, socket, local, peer, () => Release(peer), _transport.Logger)
        {
            Waited = waited,
        });
    }

    private void Release(IPEndPoint peer) => _options.Quotas?.Release(_options.ListenerName, peer.Address);

    /// <summary>Most connections come to one address of this machine, and share the object that says so.</summary>
    private IPEndPoint LocalEndPointOf(int socket)
    {
        var local = SocketDescriptor.LocalEndPoint(socket, _family) ?? LocalEndPoint;
        if (!local.Equals(_lastLocal))
        {
            _lastLocal = local;
        }

        return _lastLocal;
    }

    /// <summary>A bounded number of sockets wait; those beyond it are closed at once.</summary>
    private void CloseLater(int socket, TimeSpan delay)
    {
        if (_closingLater == ClosingLaterMax)
        {
            SocketDescriptor.Close(socket);
            return;
        }

        _closingLater++;
        _loop.Schedule(
            () =>
            {
                _closingLater--;
                SocketDescriptor.Close(socket);
            },
            delay);
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
        _restsSince = _loop.Time.GetTimestamp();
        _loop.Modify(_socket, 0, _token);
    }

    private void Resume()
    {
        if (Active && !_accepts)
        {
            _accepts = true;
            _options.Quotas?.NoteBlocked(_options.ListenerName, _loop.Time.GetElapsedTime(_restsSince));
            _loop.Modify(_socket, EpollCalls.In, _token);
        }
    }
}
