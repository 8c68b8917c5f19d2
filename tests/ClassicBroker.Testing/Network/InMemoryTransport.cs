using System.Net;
using ClassicBroker.Platform;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Transport;
using DotNetty.Transport.Bootstrapping;
using IEventLoop = ClassicBroker.Platform.IEventLoop;

namespace ClassicBroker.Testing.Network;

/// <summary>One host of an <see cref="InMemoryNetwork"/>. Threading: the test's thread only.</summary>
public sealed class InMemoryTransport : ITransport
{
    private readonly InMemoryNetwork _network;
    private readonly NettyLoop[] _loops;
    private readonly SortedDictionary<int, InMemoryServerChannel> _listeners = [];
    private int _nextLoop;

    internal InMemoryTransport(InMemoryNetwork network, string host, IPAddress address, ManualEventLoop[] loops)
    {
        _network = network;
        Host = host;
        Address = address;
        _loops = [.. loops.Select(loop => new NettyLoop(loop, new ArrayPoolAllocator()))];
    }

    public string Host { get; }

    public IPAddress Address { get; }

    /// <summary>Buffers of the host's channels that were not given back.</summary>
    public long BuffersOut => _loops.Sum(loop => loop.Allocator.Outstanding);

    public Task<IChannelListener> ListenAsync(ListenOptions options)
    {
        var endPoint = new IPEndPoint(Address, options.Port == 0 ? _network.NextPort() : options.Port);
        var loop = NextLoop();
        var bootstrap = new ServerBootstrap()
            .Group(loop, new NettyLoopGroup(() => _loops))
            .ChannelFactory(() => new InMemoryServerChannel(this, _network.NextId(), loop, options))
            .ChildHandler(new ChannelFill(options.Initializer));
        return loop.Loop.InvokeAsync<IChannelListener>(async () => (IChannelListener)await bootstrap.BindAsync(endPoint));
    }

    // Nothing is awaited here: an await would leave the test's thread where a caller stands on no loop.
    public Task<TransportChannel> ConnectAsync(ConnectOptions options, CancellationToken cancellation = default)
    {
        var outcome = new TaskCompletionSource<TransportChannel>(TaskCreationOptions.RunContinuationsAsynchronously);
        cancellation.Register(() => outcome.TrySetCanceled(cancellation));
        var loop = options.Loop is { } wanted ? Netty(wanted) : NextLoop();
        if (_network.Find(options.Host) is not { } peer)
        {
            outcome.SetException(Failed(options, ConnectFailure.Unresolvable, $"{options.Host}: Name or service not known"));
        }
        else if (_network.IsCut(Host, peer.Host) || _network.IsCut(peer.Host, Host))
        {
            var reason = $"no answer within {options.ConnectTimeout.TotalMilliseconds} ms";
            loop.Loop.Schedule(
                () => outcome.TrySetException(Failed(options, ConnectFailure.TimedOut, reason)), options.ConnectTimeout);
        }
        else
        {
            InMemoryNetwork.Run(loop.Loop, _network.NextDelay(), () => Meet(options, peer, loop, outcome));
        }

        return outcome.Task;
    }

    /// <exception cref="BindException">The port has a listener.</exception>
    internal void Listen(IPEndPoint endPoint, InMemoryServerChannel listener)
    {
        if (!_listeners.TryAdd(endPoint.Port, listener))
        {
            throw new BindException($"Socket server failed to bind to {endPoint}: {Errno.Describe(Errno.AddressInUse)}.");
        }
    }

    internal void StopListening() => _listeners.Clear();

    internal void StopListening(InMemoryServerChannel listener)
    {
        foreach (var (port, _) in _listeners.Where(entry => entry.Value == listener).ToList())
        {
            _listeners.Remove(port);
        }
    }

    private static ConnectException Failed(ConnectOptions options, ConnectFailure failure, string reason) =>
        new(failure, options.Host, options.Port, reason);

    private NettyLoop NextLoop() => _loops[_nextLoop++ % _loops.Length];

    private NettyLoop Netty(IEventLoop loop) =>
        _loops.FirstOrDefault(candidate => candidate.Loop == loop) ?? new NettyLoop(loop, new ArrayPoolAllocator());

    private void Meet(ConnectOptions options, InMemoryTransport peer, NettyLoop loop, TaskCompletionSource<TransportChannel> outcome)
    {
        if (outcome.Task.IsCompleted)
        {
            return;
        }

        if (!peer._listeners.TryGetValue(options.Port, out var listener))
        {
            outcome.SetException(Failed(options, ConnectFailure.Refused, Errno.Describe(Errno.ConnectionRefused)));
            return;
        }

        var local = new IPEndPoint(Address, _network.NextPort());
        var near = new InMemoryChannel(_network, Host, loop, options.Options, local, listener.LocalEndPoint);
        var far = new InMemoryChannel(_network, peer.Host, peer.NextLoop(), listener.Options.Options, listener.LocalEndPoint, local);
        near.Join(far);
        if (listener.Options.Quotas is { } quotas
            && quotas.Admit(listener.Options.ListenerName, Address) != ConnectionAdmission.Admitted)
        {
            far.Loop.Execute(far.Unsafe.CloseForcibly);
        }
        else
        {
            listener.Loop.Execute(() => listener.Accept(far));
            far.Released = () => listener.Options.Quotas?.Release(listener.Options.ListenerName, Address);
        }

        near.Start(options.Initializer);
        outcome.SetResult(near);
    }
}
