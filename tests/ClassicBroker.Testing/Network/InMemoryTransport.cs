using System.Net;
using ClassicBroker.Platform;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Transport;

namespace ClassicBroker.Testing.Network;

/// <summary>One host of an <see cref="InMemoryNetwork"/>. Threading: the test's thread only.</summary>
public sealed class InMemoryTransport : ITransport
{
    private readonly InMemoryNetwork _network;
    private readonly ManualEventLoop[] _loops;
    private readonly SortedDictionary<int, InMemoryListener> _listeners = [];
    private int _nextLoop;

    internal InMemoryTransport(InMemoryNetwork network, string host, IPAddress address, ManualEventLoop[] loops)
    {
        _network = network;
        Host = host;
        Address = address;
        _loops = loops;
    }

    public string Host { get; }

    public IPAddress Address { get; }

    public Task<IChannelListener> ListenAsync(ServerBootstrap bootstrap)
    {
        var endPoint = new IPEndPoint(Address, bootstrap.Port == 0 ? _network.NextPort() : bootstrap.Port);
        var listener = new InMemoryListener(this, bootstrap, endPoint);
        return _listeners.TryAdd(endPoint.Port, listener)
            ? Task.FromResult<IChannelListener>(listener)
            : Task.FromException<IChannelListener>(
                new BindException($"Socket server failed to bind to {endPoint}: {Errno.Describe(Errno.AddressInUse)}."));
    }

    // Nothing is awaited here: an await would leave the test's thread where a caller stands on no loop.
    public Task<Channel> ConnectAsync(Bootstrap bootstrap, CancellationToken cancellation = default)
    {
        var outcome = new TaskCompletionSource<Channel>(TaskCreationOptions.RunContinuationsAsynchronously);
        cancellation.Register(() => outcome.TrySetCanceled(cancellation));
        var loop = bootstrap.Loop ?? NextLoop();
        if (_network.Find(bootstrap.Host) is not { } peer)
        {
            outcome.SetException(Failed(bootstrap, ConnectFailure.Unresolvable, $"{bootstrap.Host}: Name or service not known"));
        }
        else if (_network.IsCut(Host, peer.Host) || _network.IsCut(peer.Host, Host))
        {
            var reason = $"no answer within {bootstrap.ConnectTimeout.TotalMilliseconds} ms";
            loop.Schedule(
                () => outcome.TrySetException(Failed(bootstrap, ConnectFailure.TimedOut, reason)), bootstrap.ConnectTimeout);
        }
        else
        {
            InMemoryNetwork.Run(loop, _network.NextDelay(), () => Meet(bootstrap, peer, loop, outcome));
        }

        return outcome.Task;
    }

    internal void StopListening() => _listeners.Clear();

    internal void StopListening(InMemoryListener listener) => _listeners.Remove(listener.LocalEndPoint.Port);

    private static ConnectException Failed(Bootstrap bootstrap, ConnectFailure failure, string reason) =>
        new(failure, bootstrap.Host, bootstrap.Port, reason);

    private ManualEventLoop NextLoop() => _loops[_nextLoop++ % _loops.Length];

    private void Meet(Bootstrap bootstrap, InMemoryTransport peer, IEventLoop loop, TaskCompletionSource<Channel> outcome)
    {
        if (outcome.Task.IsCompleted)
        {
            return;
        }

        if (!peer._listeners.TryGetValue(bootstrap.Port, out var listener))
        {
            outcome.SetException(Failed(bootstrap, ConnectFailure.Refused, Errno.Describe(Errno.ConnectionRefused)));
            return;
        }

        var local = new IPEndPoint(Address, _network.NextPort());
        var near = new InMemoryChannel(_network, Host, loop, bootstrap.Options, local, listener.LocalEndPoint);
        var far = new InMemoryChannel(_network, peer.Host, peer.NextLoop(), listener.Bootstrap.Options, listener.LocalEndPoint, local);
        near.Join(far);
        if (listener.Bootstrap.Quotas is { } quotas
            && quotas.Admit(listener.Bootstrap.ListenerName, Address) != ConnectionAdmission.Admitted)
        {
            far.Loop.Execute(far.Break);
        }
        else
        {
            far.Loop.Execute(() => far.Open(listener.Bootstrap.Initializer));
            far.Released = () => listener.Bootstrap.Quotas?.Release(listener.Bootstrap.ListenerName, Address);
        }

        near.Open(bootstrap.Initializer);
        outcome.SetResult(near);
    }
}
