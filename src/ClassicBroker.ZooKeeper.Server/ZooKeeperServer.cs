using System.Net;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper.Jute;
using ClassicBroker.ZooKeeper.Server.Connections;
using ClassicBroker.ZooKeeper.Server.Persistence;
using ClassicBroker.ZooKeeper.Server.Sessions;
using ClassicBroker.ZooKeeper.Server.Txns;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.ZooKeeper.Server;

/// <summary>
/// A ZooKeeper server of one node: requests come in as frames and are carried out in order on one loop; answers and watch events leave only
/// once the transactions before them are durable. Requests that arrive together share one sync. Threading: everything on the server loop.
/// </summary>
public sealed class ZooKeeperServer : IDisposable
{
    private readonly IEventLoop _loop;
    private readonly ILogger _logger;
    private readonly RequestProcessor _requests;
    private readonly SortedDictionary<long, ServerConnection> _connections = [];
    private readonly SortedDictionary<long, ServerConnection> _dirty = [];
    private readonly JuteWriter _frame = new();
    private readonly ContainerReaper _containers;
    private readonly TaskCompletionSource<StorageException> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IScheduledWork? _tick;
    private long _nextConnectionId = 1;
    private bool _flushScheduled;
    private bool _stopped;
    private readonly long _startedAtMs;
    private long _batchStartedMs;
    private int _batchRequests;

    private ZooKeeperServer(ZooKeeperServerConfig config, IEventLoop loop, ILogger logger, Database database)
    {
        Config = config;
        _loop = loop;
        _logger = logger;
        Database = database;
        _requests = new RequestProcessor(database, config.ExtendedTypesEnabled, logger);
        _containers = new ContainerReaper(database, loop.Time);
        _startedAtMs = loop.Time.MonotonicMs();
    }

    public ZooKeeperServerConfig Config { get; }

    /// <summary>Ends with the failure that stopped the server: the disk refused, and nothing more may be acknowledged.</summary>
    public Task<StorageException> Failed => _failed.Task;

    internal Database Database { get; }

    internal ServerStatistics Statistics { get; } = new();

    internal IReadOnlyCollection<ServerConnection> Connections => _connections.Values;

    internal long UptimeMs => NowMs - _startedAtMs;

    internal long NowMs => _loop.Time.MonotonicMs();

    /// <summary>
    /// Opens the data directory and starts the clock of sessions; to be called on the loop. Throws <see cref="StorageException"/> where the
    /// disk refuses and <see cref="MalformedDataException"/> where what it holds is damaged.
    /// </summary>
    public static ZooKeeperServer Start(ZooKeeperServerConfig config, IFileSystem files, IEventLoop loop, ILogger logger)
    {
        var database = Database.Open(files, config, loop.Time, logger);
        var server = new ZooKeeperServer(config, loop, logger, database);
        logger.LogInformation(
            "Opened {Directory} at zxid 0x{Zxid:x}: {Znodes} znodes, {Sessions} sessions",
            config.DataDir,
            database.Tree.LastZxid,
            database.Tree.Count,
            database.Sessions.Sessions.Count);
        server.ScheduleTick();
        return server;
    }

    /// <summary>
    /// Stops answering, closes all connections and the data directory. Sessions live on for the next start. To be called on the loop.
    /// </summary>
    public void Dispose()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        _tick?.Cancel();
        foreach (var connection in _connections.Values.ToArray())
        {
            connection.Close();
        }

        Database.Dispose();
    }

    internal ServerConnection Accept(IFrameSink sink, IPEndPoint remote)
    {
        var connection = new ServerConnection(this, _nextConnectionId++, sink, remote, NowMs);
        _connections[connection.Id] = connection;
        return connection;
    }

    internal void Receive(ServerConnection connection, ReadOnlySpan<byte> frame)
    {
        if (_stopped)
        {
            return;
        }

        Statistics.CountReceived();
        _batchStartedMs = _batchRequests++ == 0 ? NowMs : _batchStartedMs;
        try
        {
            var reader = new JuteReader(frame);
            if (connection.Session is { } session)
            {
                Database.Sessions.Touch(session);
                _requests.Process(connection, RequestHeader.Read(ref reader), ref reader);
            }
            else
            {
                ConnectSession(connection, ConnectRequest.Read(ref reader));
            }
        }
        catch (StorageException failure)
        {
            Fail(failure);
        }
    }

    internal byte[] AnswerFourLetterWord(int word) => FourLetterWords.Answer(this, word);

    internal JuteWriter BeginFrame()
    {
        _frame.Reset();
        return _frame;
    }

    /// <summary>Something waits to leave on the connection; it does once this round of requests is durable.</summary>
    internal void MarkDirty(ServerConnection connection)
    {
        _dirty[connection.Id] = connection;
        if (!_flushScheduled)
        {
            _flushScheduled = true;
            _loop.Execute(Flush);
        }
    }

    internal void Forget(ServerConnection connection)
    {
        _connections.Remove(connection.Id);
        _dirty.Remove(connection.Id);
        Database.Watches.RemoveAll(connection.Id);
    }

    private void Flush()
    {
        _flushScheduled = false;
        if (_stopped)
        {
            return;
        }

        try
        {
            Database.Commit();
        }
        catch (StorageException failure)
        {
            Fail(failure);
            return;
        }

        var dirty = _dirty.Values.ToArray();
        _dirty.Clear();
        if (_batchRequests > 0)
        {
            Statistics.CountLatency(NowMs - _batchStartedMs, _batchRequests);
            _batchRequests = 0;
        }

        foreach (var connection in dirty)
        {
            connection.Flush();
        }
    }

    private void ConnectSession(ServerConnection connection, in ConnectRequest request)
    {
        if (request.LastZxidSeen > Database.Tree.LastZxid)
        {
            _logger.LogWarning(
                "Refusing {Remote}: it has seen zxid 0x{Seen:x}, we are at 0x{Last:x}",
                connection.Remote,
                request.LastZxidSeen,
                Database.Tree.LastZxid);
            connection.Close();
            return;
        }

        var timeoutMs = Math.Clamp(request.TimeoutMs, Config.MinSessionTimeoutMs, Config.MaxSessionTimeoutMs);
        var session = request.SessionId == 0 ? CreateSession(timeoutMs) : FindSession(connection, request);
        if (session is null)
        {
            SendConnectResponse(connection, request, new ConnectResponse(0, 0, new byte[ConnectResponse.PasswordSize], false));
            connection.CloseAfterFlush();
            return;
        }

        session.Connection?.Close();
        session.Connection = connection;
        session.TimeoutMs = timeoutMs;
        connection.Session = session;
        Database.Sessions.Touch(session);
        SendConnectResponse(connection, request, new ConnectResponse(timeoutMs, session.Id, SessionPassword.Of(session.Id), false));
    }

    private Session CreateSession(int timeoutMs)
    {
        var id = Database.Sessions.NextId();
        Database.Apply(id, 0, new CreateSessionTxn(timeoutMs));
        return Database.Sessions.Find(id)!;
    }

    private Session? FindSession(ServerConnection connection, in ConnectRequest request)
    {
        if (!SessionPassword.IsRight(request.SessionId, request.Password))
        {
            _logger.LogWarning("Refusing {Remote}: wrong password for session 0x{Session:x}", connection.Remote, request.SessionId);
            return null;
        }

        return Database.Sessions.Find(request.SessionId);
    }

    private void SendConnectResponse(ServerConnection connection, in ConnectRequest request, in ConnectResponse response)
    {
        var frame = BeginFrame();
        (request.ReadOnly is null ? response with { ReadOnly = null } : response).Write(frame);
        connection.Send(frame);
    }

    private void ScheduleTick() => _tick = _loop.Schedule(Tick, TimeSpan.FromMilliseconds(Config.TickTimeMs));

    private void Tick()
    {
        if (_stopped)
        {
            return;
        }

        try
        {
            ExpireSessions();
            CloseSilentConnections();
            _containers.Reap();
        }
        catch (StorageException failure)
        {
            Fail(failure);
            return;
        }

        if (Database.IsDirty && !_flushScheduled)
        {
            _flushScheduled = true;
            _loop.Execute(Flush);
        }

        ScheduleTick();
    }

    private void ExpireSessions()
    {
        foreach (var session in Database.Sessions.Overdue())
        {
            _logger.LogInformation("Expiring session 0x{Session:x}, timeout of {Timeout}ms exceeded", session.Id, session.TimeoutMs);
            _requests.EndSession(session, 0);
            session.Connection?.Close();
        }
    }

    /// <summary>A connection that never connects a session would never be closed.</summary>
    private void CloseSilentConnections()
    {
        var silentSinceMs = NowMs - Config.MaxSessionTimeoutMs;
        foreach (var connection in _connections.Values.Where(c => c.Session is null && c.AcceptedAtMs < silentSinceMs).ToArray())
        {
            connection.Close();
        }
    }

    private void Fail(StorageException failure)
    {
        _logger.LogCritical(failure, "Stopping: the data directory failed");
        Dispose();
        _failed.TrySetResult(failure);
    }
}
