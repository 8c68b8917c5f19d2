using ClassicBroker.Platform;
using ClassicBroker.ZooKeeper.Jute;
using ClassicBroker.ZooKeeper.Sasl;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.ZooKeeper.Client;

/// <summary>
/// The session behind a client: who we are towards the ensemble, what waits to be sent, which watches we hold, and the attempts to stay
/// connected. Only the ensemble ends a session; as long as no server answers we go on asking. Threading: the client's loop only, but for
/// <see cref="State"/>, <see cref="Id"/>, <see cref="NegotiatedTimeoutMs"/>, <see cref="SilenceMs"/> and <see cref="LastFailure"/>, which
/// any thread may read.
/// </summary>
internal sealed class ClientSession(
    ZooKeeperClientOptions options,
    IZooKeeperConnector connector,
    IEventLoop loop,
    IRandomSource random,
    ILogger logger)
{
    private const int AttemptsPerSessionTimeoutMin = 3;

    private readonly ServerList _servers = new(options.Connect.Servers, random, options.ReconnectBackoffMaxMs);
    private readonly Queue<PendingRequest> _waiting = new();
    private readonly List<AuthEntry> _auth = [];
    private readonly List<ConnectedWaiter> _connectedWaiters = [];
    private readonly WatchRegistry _watches = new();
    private readonly BackgroundWork _closing = new("zookeeper-session-close", loop);
    private SessionConnection? _connection;
    private IScheduledWork? _reconnect;
    private IZooKeeperWatcher? _watcher;
    private IEventLoop? _deliverOn;
    private byte[] _password = new byte[ConnectResponse.PasswordSize];
    private long _lastZxid;
    private long _id;
    private int _negotiatedTimeoutMs;
    private long _confirmedMs = loop.Time.MonotonicMs();
    private int _state = (int)ZooKeeperSessionState.Connecting;
    private string? _lastFailure;

    public ZooKeeperSessionState State => (ZooKeeperSessionState)Volatile.Read(ref _state);

    /// <summary>Why the last connection failed, with its server; null where none has. Any thread.</summary>
    public string? LastFailure => Volatile.Read(ref _lastFailure);

    public long Id => Volatile.Read(ref _id);

    public int NegotiatedTimeoutMs => Volatile.Read(ref _negotiatedTimeoutMs);

    /// <summary>Since the newest request that was answered was sent. Any thread.</summary>
    public long SilenceMs => loop.Time.MonotonicMs() - Volatile.Read(ref _confirmedMs);

    public ZooKeeperClientMetrics? Metrics => options.Metrics;

    /// <summary>Identities to show on every new connection.</summary>
    public IReadOnlyList<AuthEntry> Auth => _auth;

    public void SetWatcher(IZooKeeperWatcher watcher, IEventLoop deliverOn)
    {
        _watcher = watcher;
        _deliverOn = deliverOn;
    }

    /// <summary>Begins to connect, to the next server in turn.</summary>
    public void Connect()
    {
        var (server, delay) = _servers.Next();
        if (delay == TimeSpan.Zero)
        {
            ConnectTo(server);
        }
        else
        {
            _reconnect = loop.Schedule(() => ConnectTo(server), delay);
        }
    }

    public void Enqueue(PendingRequest request)
    {
        if (ErrorOfEndedSession() is { } error)
        {
            request.Fail(error);
            return;
        }

        _waiting.Enqueue(request);
        Pump();
    }

    /// <summary>Sends what waits, as far as the bound of requests in flight allows.</summary>
    public void Pump()
    {
        while (_connection is { IsReady: true } connection
            && connection.InFlight < options.MaxInFlightRequests
            && _waiting.TryDequeue(out var request))
        {
            connection.Send(request);
        }
    }

    public void AddAuth(AuthEntry entry)
    {
        if (ErrorOfEndedSession() is { } error)
        {
            entry.Added.TrySetException(ZooKeeperException.For(error, null));
            return;
        }

        _auth.Add(entry);
        if (_connection is { IsReady: true } connection)
        {
            connection.SendAuth(entry);
        }
    }

    public void AddConnectedWaiter(ConnectedWaiter waiter)
    {
        if (State == ZooKeeperSessionState.Connected)
        {
            waiter.Connected();
        }
        else if (ErrorOfEndedSession() is { } error)
        {
            waiter.Ended(error);
        }
        else
        {
            _connectedWaiters.RemoveAll(other => other.Task.IsCompleted);
            _connectedWaiters.Add(waiter);
        }
    }

    public void StartNew()
    {
        if (State == ZooKeeperSessionState.Closed)
        {
            return;
        }

        _reconnect?.Cancel();
        LeaveConnection();
        FailWaiting(ZooKeeperError.ConnectionLoss);
        _watches.Clear();
        _password = new byte[ConnectResponse.PasswordSize];
        Volatile.Write(ref _id, 0);
        Volatile.Write(ref _negotiatedTimeoutMs, 0);
        ChangeState(ZooKeeperSessionState.Connecting);
        Connect();
    }

    /// <summary>Closes the session; <paramref name="closed"/> ends when the server has answered or is out of reach.</summary>
    public void Close(TaskCompletionSource closed)
    {
        if (State == ZooKeeperSessionState.Closed)
        {
            closed.TrySetResult();
            return;
        }

        _reconnect?.Cancel();
        FailWaiting(ZooKeeperError.SessionClosed);
        ChangeState(ZooKeeperSessionState.Closed);
        EndWaiters(ZooKeeperError.SessionClosed);
        if (_connection is { IsReady: true } connection)
        {
            var request = new PendingRequest<bool>(OpCode.CloseSession, null, [], static (ref _) => true);
            connection.Send(request);
            _closing.Watch(EndWithAsync(request.Task, connection, closed));
        }
        else
        {
            _connection?.Abandon();
            _connection = null;
            closed.TrySetResult();
        }
    }

    public ConnectRequest ConnectRequest() => new(_lastZxid, options.SessionTimeoutMs, Id, _password, ReadOnly: false);

    public void SessionAccepted(in ConnectResponse response)
    {
        Volatile.Write(ref _id, response.SessionId);
        Volatile.Write(ref _negotiatedTimeoutMs, response.TimeoutMs);
        _password = response.Password;
    }

    public ISaslExchange? NewSaslExchange(ZooKeeperAddress server) => options.Sasl?.Begin(server, random);

    public IEnumerable<SetWatchesRequest> WatchesToTakeUp() => _watches.Requests(_lastZxid);

    public void ConnectionReady(SessionConnection connection)
    {
        _servers.Succeeded();
        logger.LogInformation(
            "Session 0x{Session:x} connected to ZooKeeper at {Server}, timeout {Timeout} ms", Id, connection.Server, NegotiatedTimeoutMs);
        ChangeState(ZooKeeperSessionState.Connected);
        foreach (var waiter in TakeWaiters())
        {
            waiter.Connected();
        }

        Pump();
    }

    /// <summary>What was sent then has been answered: the session stood.</summary>
    public void Confirm(long sentMs) => Volatile.Write(ref _confirmedMs, Math.Max(sentMs, Volatile.Read(ref _confirmedMs)));

    public void SawZxid(long zxid)
    {
        if (zxid > 0)
        {
            _lastZxid = zxid;
        }
    }

    /// <summary>An answer came in; the watch it leaves behind is remembered.</summary>
    public void Answered(PendingRequest request, ZooKeeperError error)
    {
        if (request.Watch == WatchTarget.None || request.Path is null)
        {
            return;
        }

        if (error == ZooKeeperError.None || (error == ZooKeeperError.NoNode && request.Watch == WatchTarget.Exists))
        {
            _watches.Add(request.Watch, ToServer(request.Path), nodeExists: error == ZooKeeperError.None);
        }
    }

    public void WatchFired(in WatcherEvent fired)
    {
        var type = (WatchedEventType)fired.Type;
        _watches.Fired(type, fired.Path);
        if (_watcher is { } watcher)
        {
            var triggered = new WatchedEvent(type, FromServer(fired.Path));
            _deliverOn!.Execute(() => watcher.WatchTriggered(triggered));
        }
    }

    public void SessionExpired(SessionConnection connection)
    {
        _servers.Succeeded();
        logger.LogWarning("ZooKeeper session 0x{Session:x} has expired, says {Server}", Id, connection.Server);
        End(connection, ZooKeeperSessionState.Expired);
    }

    public void AuthFailed(SessionConnection connection, string reason)
    {
        logger.LogError("ZooKeeper authentication failed: {Reason}", reason);
        End(connection, ZooKeeperSessionState.AuthFailed);
    }

    public void ConnectionLost(SessionConnection connection, bool wasReady, string reason)
    {
        if (connection != _connection)
        {
            return;
        }

        _connection = null;
        if (State == ZooKeeperSessionState.Closed)
        {
            return;
        }

        Volatile.Write(ref _lastFailure, $"{connection.Server}: {reason}");
        if (wasReady)
        {
            logger.LogWarning("Lost the connection to ZooKeeper at {Server}: {Reason}", connection.Server, reason);
            ChangeState(ZooKeeperSessionState.Connecting);
        }
        else
        {
            logger.LogInformation("No connection to ZooKeeper at {Server}: {Reason}", connection.Server, reason);
            FailWaiting(ZooKeeperError.ConnectionLoss);
        }

        Connect();
    }

    /// <summary>A path of the caller's as the ensemble knows it.</summary>
    public string ToServer(string path) => options.Connect.Chroot.Length == 0 ? path
        : path == ZnodePath.Root ? options.Connect.Chroot
        : options.Connect.Chroot + path;

    /// <summary>A path of the ensemble's as the caller knows it.</summary>
    public string FromServer(string path) =>
        path.Length == options.Connect.Chroot.Length ? ZnodePath.Root : path[options.Connect.Chroot.Length..];

    private static async Task EndWithAsync(Task<bool> answered, SessionConnection connection, TaskCompletionSource closed)
    {
        try
        {
            await answered;
        }
        catch (ZooKeeperException)
        {
            // The connection went first; the ensemble ends the session by its timeout.
        }

        connection.Abandon();
        closed.TrySetResult();
    }

    private void ConnectTo(ZooKeeperAddress server)
    {
        // A server that is still starting may take a connection and never answer on it; the session must outlive several of those, by the
        // timeout that the ensemble granted, which may be far below the one asked for.
        var sessionTimeoutMs = NegotiatedTimeoutMs > 0 ? NegotiatedTimeoutMs : options.SessionTimeoutMs;
        var timeoutMs = Math.Max(1, sessionTimeoutMs / Math.Max(AttemptsPerSessionTimeoutMin, _servers.Count));
        _connection = new SessionConnection(this, loop, server, timeoutMs);
        _connection.Open(connector);
    }

    /// <summary>Closes the connection without closing the session.</summary>
    private void LeaveConnection()
    {
        if (_connection is not { } connection)
        {
            return;
        }

        _connection = null;
        if (connection.IsReady)
        {
            connection.FailInFlight(ZooKeeperError.ConnectionLoss);
            connection.Send(new PendingRequest<bool>(OpCode.CloseSession, null, [], static (ref _) => true));
        }

        connection.Abandon();
    }

    private void End(SessionConnection connection, ZooKeeperSessionState state)
    {
        ChangeState(state);
        var error = ErrorOfEndedSession()!.Value;
        connection.FailInFlight(error);
        connection.Abandon();
        _connection = null;
        FailWaiting(error);
        EndWaiters(error);
        _watches.Clear();
    }

    private ZooKeeperError? ErrorOfEndedSession() => State switch
    {
        ZooKeeperSessionState.Expired => ZooKeeperError.SessionExpired,
        ZooKeeperSessionState.AuthFailed => ZooKeeperError.AuthFailed,
        ZooKeeperSessionState.Closed => ZooKeeperError.SessionClosed,
        _ => null,
    };

    private void FailWaiting(ZooKeeperError error)
    {
        while (_waiting.TryDequeue(out var request))
        {
            request.Fail(error);
        }
    }

    /// <summary>Fails the calls that wait for a connection or for an identity to be taken.</summary>
    private void EndWaiters(ZooKeeperError error)
    {
        foreach (var waiter in TakeWaiters())
        {
            waiter.Ended(error);
        }

        if (error == ZooKeeperError.SessionExpired)
        {
            // The identities are shown to the next session.
            return;
        }

        foreach (var entry in _auth)
        {
            entry.Added.TrySetException(ZooKeeperException.For(error, null));
        }
    }

    private ConnectedWaiter[] TakeWaiters()
    {
        ConnectedWaiter[] waiters = [.. _connectedWaiters];
        _connectedWaiters.Clear();
        return waiters;
    }

    private void ChangeState(ZooKeeperSessionState state)
    {
        if (State == state)
        {
            return;
        }

        options.Metrics?.Changed(State, state);
        Volatile.Write(ref _state, (int)state);
        if (_watcher is { } watcher)
        {
            _deliverOn!.Execute(() => watcher.SessionStateChanged(state));
        }
    }
}
