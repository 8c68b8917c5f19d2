using ClassicBroker.Platform;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Testing.ZooKeeper;

/// <summary>
/// A client of an <see cref="InMemoryZooKeeper"/>, and the switches to make its life hard: lost requests and replies, lost connections,
/// expiry, and the death of its process. Threading: the test's thread only.
/// </summary>
public sealed class InMemoryZooKeeperSession : IZooKeeper
{
    private readonly InMemoryZooKeeper _ensemble;
    private readonly IEventLoop _replies;
    private readonly HashSet<string> _dataWatches = new(StringComparer.Ordinal);
    private readonly HashSet<string> _childWatches = new(StringComparer.Ordinal);
    private readonly List<WatchedEvent> _missedEvents = [];
    private TaskCompletionSource _connected = NewSignal();
    private IZooKeeperWatcher? _watcher;
    private IEventLoop _events;
    private bool _expiredInAbsence;
    private bool _crashed;
    private long _leftMs;
    private SortedDictionary<string, InMemoryZnode>? _behind;

    internal InMemoryZooKeeperSession(InMemoryZooKeeper ensemble, IEventLoop loop, int sessionTimeoutMs)
    {
        _ensemble = ensemble;
        _replies = loop;
        _events = loop;
        NegotiatedSessionTimeoutMs = sessionTimeoutMs;
        SessionId = ensemble.NewSession();
        State = ZooKeeperSessionState.Connected;
        _connected.SetResult();
    }

    public ZooKeeperSessionState State { get; private set; }

    public long SessionId { get; private set; }

    public int NegotiatedSessionTimeoutMs { get; }

    public long SilenceMs => State == ZooKeeperSessionState.Connected ? 0 : _replies.Time.MonotonicMs() - _leftMs;

    /// <summary>Decides the fate of each call; null lets all through.</summary>
    public Func<ZooKeeperCall, ZooKeeperFault>? Faults { get; set; }

    /// <summary>Told of a znode whose children were watched and have changed, and of what it holds at that moment.</summary>
    public Action<string, ZnodeChildren>? ChildrenTriggered { get; set; }

    /// <summary>Calls made so far, for tests that count round trips.</summary>
    public int Calls { get; private set; }

    /// <summary>True once <see cref="Crash"/> or a fault has ended the process.</summary>
    public bool HasCrashed => _crashed;

    /// <summary>Credentials added so far, as <c>scheme:credentials</c>.</summary>
    public List<string> Credentials { get; } = [];

    public void SetWatcher(IZooKeeperWatcher watcher, IEventLoop deliverOn) => (_watcher, _events) = (watcher, deliverOn);

    public Task WaitUntilConnectedAsync(CancellationToken cancellation) =>
        State switch
        {
            ZooKeeperSessionState.Connected => Task.CompletedTask,
            ZooKeeperSessionState.Connecting => _connected.Task.WaitAsync(cancellation),
            ZooKeeperSessionState.Expired => Task.FromException(new SessionExpiredException(null)),
            ZooKeeperSessionState.AuthFailed => Task.FromException(new ZooKeeperException(ZooKeeperError.AuthFailed, null)),
            _ => Task.FromException(new ZooKeeperException(ZooKeeperError.SessionClosed, null)),
        };

    public void StartNewSession()
    {
        _ensemble.EndSession(SessionId);
        ForgetWatches();
        SessionId = _ensemble.NewSession();
        _expiredInAbsence = false;
        Enter(ZooKeeperSessionState.Connected);
    }

    /// <summary>Cuts the connection, where there is one; the session lives on in the ensemble.</summary>
    public void Disconnect()
    {
        if (State == ZooKeeperSessionState.Connected)
        {
            Enter(ZooKeeperSessionState.Connecting);
        }
    }

    /// <summary>Restores the connection; a session that expired meanwhile learns of it now.</summary>
    public void Reconnect()
    {
        if (_expiredInAbsence)
        {
            Enter(ZooKeeperSessionState.Expired);
            return;
        }

        Enter(ZooKeeperSessionState.Connected);
        foreach (var missed in _missedEvents)
        {
            Deliver(missed);
        }

        _missedEvents.Clear();
    }

    /// <summary>The ensemble declares the session dead; the client learns of it at once, or on <see cref="Reconnect"/>.</summary>
    public void Expire()
    {
        _ensemble.EndSession(SessionId);
        ForgetWatches();
        if (State == ZooKeeperSessionState.Connected)
        {
            Enter(ZooKeeperSessionState.Expired);
        }
        else
        {
            _expiredInAbsence = true;
        }
    }

    /// <summary>
    /// The ensemble refuses the client's credentials, which ends the connection for good. What the session owns stands until it expires or
    /// the client begins another one.
    /// </summary>
    public void RefuseCredentials() => Enter(ZooKeeperSessionState.AuthFailed);

    /// <summary>The ensemble gives the client a new session though it has not yet removed what the old one owned (KAFKA-7165).</summary>
    public void ReplaceSessionKeepingEphemerals()
    {
        ForgetWatches();
        SessionId = _ensemble.NewSession();
    }

    /// <summary>
    /// The server the session is connected to falls behind the ensemble: reads show the tree as it is now, and watches wait, until
    /// <see cref="CatchUp"/>, or until the session writes or asks for a sync and its server has to come along.
    /// </summary>
    public void FallBehind() => _behind ??= _ensemble.Copy();

    /// <summary>The server knows all again; what the session watched and has changed meanwhile is told now, before anything newer.</summary>
    public void CatchUp()
    {
        if (_behind is not { } behind)
        {
            return;
        }

        _behind = null;
        foreach (var path in _dataWatches.Order(StringComparer.Ordinal).ToList())
        {
            var (before, now) = (behind.GetValueOrDefault(path)?.Stat(), _ensemble.Find(path)?.Stat());
            if (before?.Czxid == now?.Czxid && before?.Mzxid == now?.Mzxid)
            {
                continue;
            }

            Announce(
                now is null ? WatchedEventType.NodeDeleted : before is null ? WatchedEventType.NodeCreated : WatchedEventType.NodeDataChanged,
                path);
        }

        foreach (var path in _childWatches.Order(StringComparer.Ordinal).ToList())
        {
            var now = _ensemble.Find(path)?.Stat();
            if (behind.GetValueOrDefault(path)?.Stat().Cversion != now?.Cversion)
            {
                Announce(now is null ? WatchedEventType.NodeDeleted : WatchedEventType.NodeChildrenChanged, path);
            }
        }
    }

    /// <summary>The process dies without a word: no call is answered any more, and its session stands until <see cref="Expire"/>.</summary>
    public void Crash() => _crashed = true;

    public Task<CreatedZnode> CreateAsync(string path, ReadOnlyMemory<byte>? data, IReadOnlyList<ZnodeAcl> acl, CreateMode mode) =>
        One("Create", new CreateOp(path, data, acl, mode), result => new CreatedZnode(result.Path!, result.Stat!.Value));

    public Task DeleteAsync(string path, int version) => One("Delete", new DeleteOp(path, version), _ => true);

    public Task<ZnodeStat> SetDataAsync(string path, ReadOnlyMemory<byte>? data, int version) =>
        One("SetData", new SetDataOp(path, data, version), result => result.Stat!.Value);

    public Task<ZnodeData> GetDataAsync(string path, bool watch) =>
        Read("GetData", path, See, node =>
        {
            Watch(_dataWatches, path, watch);
            return new ZnodeData(node.Data?.ToArray(), node.Stat());
        });

    public Task<ZnodeStat?> ExistsAsync(string path, bool watch) =>
        Read("Exists", path, () =>
        {
            Watch(_dataWatches, path, watch);
            return See(path)?.Stat();
        });

    public Task<ZnodeChildren> GetChildrenAsync(string path, bool watch) =>
        Read("GetChildren", path, See, node =>
        {
            Watch(_childWatches, path, watch);
            return Children(node);
        });

    public Task<ZooKeeperMultiResult> MultiAsync(IReadOnlyList<ZooKeeperOp> operations) =>
        Call(
            new("Multi", operations[^1].Path, true, operations),
            () => (ZooKeeperError.None, AsInMulti(_ensemble.Apply(operations, SessionId))));

    public Task<ZnodeAccess> GetAclAsync(string path) =>
        Read("GetAcl", path, _ensemble.Find, node => new ZnodeAccess(node.Acl, node.Stat()));

    public Task<ZnodeStat> SetAclAsync(string path, IReadOnlyList<ZnodeAcl> acl, int aversion) =>
        Call(new("SetAcl", path, true, []), () =>
        {
            if (_ensemble.Find(path) is not { } node)
            {
                return (ZooKeeperError.NoNode, default);
            }

            if (aversion != ZnodeVersion.Any && aversion != node.Aversion)
            {
                return (ZooKeeperError.BadVersion, default);
            }

            _ensemble.SetAcl(node, acl);
            return (ZooKeeperError.None, node.Stat());
        });

    public Task SyncAsync(string path) => Read("Sync", path, () =>
    {
        CatchUp();
        return true;
    });

    public Task AddAuthAsync(string scheme, ReadOnlyMemory<byte> credentials)
    {
        Credentials.Add($"{scheme}:{System.Text.Encoding.UTF8.GetString(credentials.Span)}");
        return Task.CompletedTask;
    }

    public Task CloseAsync()
    {
        _ensemble.EndSession(SessionId);
        ForgetWatches();
        Enter(ZooKeeperSessionState.Closed);
        return Task.CompletedTask;
    }

    internal void Announce(WatchedEventType type, string path)
    {
        if (_behind is not null)
        {
            return;
        }

        var watched = type == WatchedEventType.NodeChildrenChanged ? _childWatches.Remove(path) : _dataWatches.Remove(path);
        if (type == WatchedEventType.NodeDeleted)
        {
            watched |= _childWatches.Remove(path);
        }

        if (!watched)
        {
            return;
        }

        var triggered = new WatchedEvent(type, path);
        if (type == WatchedEventType.NodeChildrenChanged && _ensemble.Find(path) is { } parent)
        {
            ChildrenTriggered?.Invoke(path, Children(parent));
        }

        if (State == ZooKeeperSessionState.Connected)
        {
            Deliver(triggered);
        }
        else
        {
            _missedEvents.Add(triggered);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static ZnodeChildren Children(InMemoryZnode node) => new([.. node.Children], node.Stat());

    private static void Watch(HashSet<string> watches, string path, bool watch)
    {
        if (watch)
        {
            watches.Add(path);
        }
    }

    private InMemoryZnode? See(string path) => _behind is { } behind ? behind.GetValueOrDefault(path) : _ensemble.Find(path);

    private void ForgetWatches()
    {
        _behind = null;
        _dataWatches.Clear();
        _childWatches.Clear();
        _missedEvents.Clear();
    }

    private void Deliver(WatchedEvent triggered)
    {
        if (!_crashed)
        {
            _events.Execute(() => _watcher?.WatchTriggered(triggered));
        }
    }

    private void Enter(ZooKeeperSessionState state)
    {
        if (State == ZooKeeperSessionState.Connected)
        {
            _leftMs = _replies.Time.MonotonicMs();
        }

        State = state;
        switch (state)
        {
            case ZooKeeperSessionState.Connected:
                _connected.TrySetResult();
                break;
            case ZooKeeperSessionState.Connecting:
                _connected = NewSignal();
                break;
            case ZooKeeperSessionState.Expired:
                _connected.TrySetException(new SessionExpiredException(null));
                break;
            case ZooKeeperSessionState.AuthFailed:
                _connected.TrySetException(new ZooKeeperException(ZooKeeperError.AuthFailed, null));
                break;
            default:
                _connected.TrySetException(new ZooKeeperException(ZooKeeperError.SessionClosed, null));
                break;
        }

        if (!_crashed)
        {
            _events.Execute(() => _watcher?.SessionStateChanged(state));
        }
    }

    private Task<T> One<T>(string kind, ZooKeeperOp operation, Func<ZooKeeperOpResult, T> take) =>
        Call(new(kind, operation.Path, true, []), () =>
        {
            var result = _ensemble.Apply([operation], SessionId);
            return result.Committed ? (ZooKeeperError.None, take(result.Results[0])) : (result.Error, default);
        });

    /// <summary>In a multi the protocol tells no stat of a creation, which is the one result that has a path.</summary>
    private static ZooKeeperMultiResult AsInMulti(ZooKeeperMultiResult result) =>
        new([.. result.Results.Select(one => one.Path is null ? one : one with { Stat = null })]);

    private Task<T> Read<T>(string kind, string path, Func<T> work) =>
        Call(new(kind, path, false, []), () => (ZooKeeperError.None, work()));

    /// <summary>What there is to read of a znode; refused where there is none.</summary>
    private Task<T> Read<T>(string kind, string path, Func<string, InMemoryZnode?> find, Func<InMemoryZnode, T> read) =>
        Call(
            new(kind, path, false, []),
            () => find(path) is { } node ? (ZooKeeperError.None, read(node)) : (ZooKeeperError.NoNode, default));

    /// <summary>Nothing is thrown on the way: refusals are as frequent as answers.</summary>
    private Task<T> Call<T>(ZooKeeperCall call, Func<(ZooKeeperError Refusal, T? Result)> work)
    {
        var outcome = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Calls++;
        var fault = _crashed ? ZooKeeperFault.CrashBefore : Faults?.Invoke(call) ?? ZooKeeperFault.None;
        _crashed |= fault is ZooKeeperFault.CrashBefore or ZooKeeperFault.CrashAfter;
        var (refusal, result) = Carry(call, work, fault);
        if (!_crashed)
        {
            _replies.Execute(() =>
            {
                if (refusal == ZooKeeperError.None)
                {
                    outcome.SetResult(result!);
                }
                else
                {
                    outcome.SetException(ZooKeeperException.For(refusal, call.Path));
                }
            });
        }

        return outcome.Task;
    }

    private (ZooKeeperError Refusal, T? Result) Carry<T>(
        ZooKeeperCall call, Func<(ZooKeeperError Refusal, T? Result)> work, ZooKeeperFault fault)
    {
        if (State != ZooKeeperSessionState.Connected)
        {
            var refusal = State switch
            {
                ZooKeeperSessionState.Connecting => ZooKeeperError.ConnectionLoss,
                ZooKeeperSessionState.Expired => ZooKeeperError.SessionExpired,
                ZooKeeperSessionState.AuthFailed => ZooKeeperError.AuthFailed,
                _ => ZooKeeperError.SessionClosed,
            };
            return (fault == ZooKeeperFault.LostReply ? ZooKeeperError.ConnectionLoss : refusal, default);
        }

        if (fault is ZooKeeperFault.LostRequest or ZooKeeperFault.CrashBefore)
        {
            return (ZooKeeperError.ConnectionLoss, default);
        }

        if (call.IsWrite)
        {
            CatchUp();
        }

        var answer = work();
        return fault == ZooKeeperFault.LostReply ? (ZooKeeperError.ConnectionLoss, default) : answer;
    }
}
