using ClassicBroker.Platform;
using ClassicBroker.Transport;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.ZooKeeper.Server.Tests.Conformance;

/// <summary>A transport with one loop, for a server or a client in a test; what work on the loop throws comes out on dispose.</summary>
public sealed class LoopThread : IAsyncDisposable
{
    private readonly EventLoopGroup _group;
    private Exception? _fatal;

    public LoopThread(string name)
    {
        _group = new EventLoopGroup(1, name, TimeProvider.System, failure => _fatal ??= failure);
        Transport = new EpollTransport(_group, new SystemAddressResolver(), NullLogger<EpollTransport>.Instance);
    }

    public ITransport Transport { get; }

    public IEventLoop Loop => _group.Loops[0];

    public async ValueTask DisposeAsync()
    {
        await _group.DisposeAsync();
        if (_fatal is not null)
        {
            throw new InvalidOperationException("Work on the loop failed.", _fatal);
        }
    }
}
