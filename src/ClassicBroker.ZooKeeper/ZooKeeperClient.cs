using ClassicBroker.Platform;
using ClassicBroker.Transport;
using ClassicBroker.ZooKeeper.Client;
using ClassicBroker.ZooKeeper.Jute;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.ZooKeeper;

/// <summary>
/// The client over a transport: encodes calls where they are made, and hands them to the session on its loop, in their order.
/// Threading: any thread; its state lives on the loop given.
/// </summary>
public sealed class ZooKeeperClient : IZooKeeper
{
    private readonly IEventLoop _loop;
    private readonly ZooKeeperClientOptions _options;
    private readonly ClientSession _session;

    private ZooKeeperClient(ZooKeeperClientOptions options, IEventLoop loop, ClientSession session)
    {
        _options = options;
        _loop = loop;
        _session = session;
    }

    public ZooKeeperSessionState State => _session.State;

    public long SessionId => _session.Id;

    /// <summary>Why the last attempt to connect, or the last connection, failed, with its server; null where none has.</summary>
    public string? LastFailure => _session.LastFailure;

    public int NegotiatedSessionTimeoutMs => _session.NegotiatedTimeoutMs;

    public long SilenceMs => _session.SilenceMs;

    /// <summary>A client that has begun to connect. <paramref name="loop"/> must be one of the transport's.</summary>
    public static ZooKeeperClient Start(
        ZooKeeperClientOptions options,
        ITransport transport,
        IEventLoop loop,
        IRandomSource random,
        ILogger logger) =>
        Start(options, new ChannelConnector(transport, loop, options.JuteMaxBuffer, options.TlsHandlerFor), loop, random, logger);

    internal static ZooKeeperClient Start(
        ZooKeeperClientOptions options,
        IZooKeeperConnector connector,
        IEventLoop loop,
        IRandomSource random,
        ILogger logger)
    {
        var session = new ClientSession(options, connector, loop, random, logger);
        loop.Execute(session.Connect);
        return new ZooKeeperClient(options, loop, session);
    }

    public void SetWatcher(IZooKeeperWatcher watcher, IEventLoop deliverOn) => OnLoop(() => _session.SetWatcher(watcher, deliverOn));

    public Task WaitUntilConnectedAsync(CancellationToken cancellation)
    {
        var waiter = new ConnectedWaiter(cancellation);
        OnLoop(() => _session.AddConnectedWaiter(waiter));
        return waiter.Task;
    }

    public void StartNewSession() => OnLoop(_session.StartNew);

    public Task<CreatedZnode> CreateAsync(string path, ReadOnlyMemory<byte>? data, IReadOnlyList<ZnodeAcl> acl, CreateMode mode)
    {
        var operation = new CreateOp(path, data, acl, mode);
        var request = new PendingRequest<CreatedZnode>(
            RequestBodies.TypeOf(operation),
            path,
            RequestBodies.Of(operation, ToServer(path)),
            (ref body) => new CreatedZnode(_session.FromServer(body.ReadString()), body.ReadStat()));

        // The number of a sequential znode completes a path that may end in a slash.
        return Check(mode.IsSequential() ? path + "0" : path, request);
    }

    public Task DeleteAsync(string path, int version) =>
        Send(OpCode.Delete, path, RequestBodies.Of(new DeleteOp(path, version), ToServer(path)), ReplyBodies.Nothing);

    public Task<ZnodeStat> SetDataAsync(string path, ReadOnlyMemory<byte>? data, int version) =>
        Send(OpCode.SetData, path, RequestBodies.Of(new SetDataOp(path, data, version), ToServer(path)), ReplyBodies.Stat);

    public Task<ZnodeData> GetDataAsync(string path, bool watch) =>
        Read(OpCode.GetData, path, watch ? WatchTarget.Data : WatchTarget.None, ReplyBodies.Data);

    public Task<ZnodeStat?> ExistsAsync(string path, bool watch) =>
        Read(OpCode.Exists, path, watch ? WatchTarget.Exists : WatchTarget.None, ReplyBodies.StatWhereExists);

    public Task<ZnodeChildren> GetChildrenAsync(string path, bool watch) =>
        Read(OpCode.GetChildren2, path, watch ? WatchTarget.Child : WatchTarget.None, ReplyBodies.Children);

    public Task<ZooKeeperMultiResult> MultiAsync(IReadOnlyList<ZooKeeperOp> operations) =>
        Submit(new PendingRequest<ZooKeeperMultiResult>(
            OpCode.Multi,
            null,
            RequestBodies.Multi(operations, ToServer),
            (ref body) => ReplyBodies.Multi(ref body, _session.FromServer)));

    public Task<ZnodeAccess> GetAclAsync(string path) => Send(OpCode.GetAcl, path, RequestBodies.Path(ToServer(path)), ReplyBodies.Access);

    public Task<ZnodeStat> SetAclAsync(string path, IReadOnlyList<ZnodeAcl> acl, int aversion) =>
        Send(OpCode.SetAcl, path, RequestBodies.SetAcl(ToServer(path), acl, aversion), ReplyBodies.Stat);

    public Task SyncAsync(string path) => Send(OpCode.Sync, path, RequestBodies.Path(ToServer(path)), ReplyBodies.Nothing);

    public Task AddAuthAsync(string scheme, ReadOnlyMemory<byte> credentials)
    {
        var entry = new AuthEntry(scheme, credentials.ToArray());
        OnLoop(() => _session.AddAuth(entry));
        return entry.Added.Task;
    }

    public Task CloseAsync()
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        OnLoop(() => _session.Close(closed));
        return closed.Task;
    }

    private string ToServer(string path) => _session.ToServer(path);

    private Task<T> Read<T>(OpCode type, string path, WatchTarget watch, ReplyParser<T> parse) =>
        Check(path, new PendingRequest<T>(type, path, RequestBodies.PathAndWatch(ToServer(path), watch != WatchTarget.None), parse)
        {
            Watch = watch,
            NoNodeIsAnswer = type == OpCode.Exists,
        });

    private Task<T> Send<T>(OpCode type, string path, byte[] body, ReplyParser<T> parse) =>
        Check(path, new PendingRequest<T>(type, path, body, parse));

    private Task<T> Check<T>(string path, PendingRequest<T> request)
    {
        if (ZnodePath.IsValid(path))
        {
            return Submit(request);
        }

        request.Fail(ZooKeeperError.BadArguments);
        return request.Task;
    }

    private Task<T> Submit<T>(PendingRequest<T> request)
    {
        if (RequestHeader.Size + request.Body.Length > _options.RequestBytesMax)
        {
            // The server would answer by closing the connection, under every other call in flight.
            request.Fail(ZooKeeperError.MarshallingError);
        }
        else
        {
            OnLoop(() => _session.Enqueue(request));
        }

        return request.Task;
    }

    private void OnLoop(Action work)
    {
        if (_loop.InEventLoop)
        {
            work();
        }
        else
        {
            _loop.Execute(work);
        }
    }
}
