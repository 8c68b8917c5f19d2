using DotNetty.Common.Concurrency;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport;

/// <summary>
/// The loops a listener spreads what it accepts over, as its bootstrap wants them. An accepted channel knows its loop already.
/// Threading: any thread.
/// </summary>
public sealed class NettyLoopGroup(Func<IReadOnlyList<NettyLoop>> loops) : AbstractEventExecutorGroup, IEventLoopGroup
{
    private int _next;

    public override bool IsShuttingDown => false;

    public override bool IsShutdown => false;

    public override bool IsTerminated => false;

    public override Task TerminationCompletion => loops()[0].TerminationCompletion;

    IEnumerable<IEventLoop> IEventLoopGroup.Items => loops();

    public override IEventExecutor GetNext() => Next();

    public Task RegisterAsync(IChannel channel) => ((TransportChannel)channel).Home.RegisterAsync(channel);

    public override Task ShutdownGracefullyAsync(TimeSpan quietPeriod, TimeSpan timeout) =>
        throw new NotSupportedException("The maker of the loops ends them.");

    IEventLoop IEventLoopGroup.GetNext() => Next();

    protected override IEnumerable<IEventExecutor> GetItems() => loops();

    private NettyLoop Next()
    {
        var current = loops();
        return current[(int)((uint)Interlocked.Increment(ref _next) % (uint)current.Count)];
    }
}
