using DotNetty.Common.Concurrency;
using DotNetty.Transport.Channels;
using IEventLoop = ClassicBroker.Platform.IEventLoop;

namespace ClassicBroker.Transport;

/// <summary>
/// One of our event loops as the pipeline knows loops: the epoll loop and a test's manual one alike. Queue, timers and clock are the
/// loop's own. Threading: any thread.
/// </summary>
public sealed class NettyLoop : AbstractEventExecutor, DotNetty.Transport.Channels.IEventLoop
{
    private readonly Task _neverEnds = new TaskCompletionSource<int>().Task;

    /// <param name="loop">The loop.</param>
    /// <param name="allocator">Where its channels take their buffers.</param>
    /// <param name="afterLook">See <see cref="HandshakeTurns"/>.</param>
    public NettyLoop(IEventLoop loop, ArrayPoolAllocator allocator, Action<Action>? afterLook = null)
    {
        Loop = loop;
        Allocator = allocator;
        Handshakes = new HandshakeTurns(loop, afterLook);
    }

    public IEventLoop Loop { get; }

    /// <summary>Where the channels of this loop take their buffers.</summary>
    public ArrayPoolAllocator Allocator { get; }

    /// <summary>When TLS handshakes of this loop's listeners go on.</summary>
    public HandshakeTurns Handshakes { get; }

    public override bool IsShuttingDown => false;

    public override bool IsShutdown => false;

    public override bool IsTerminated => false;

    /// <summary>Never ends: the maker of the loop ends it.</summary>
    public override Task TerminationCompletion => _neverEnds;

    IEventLoopGroup DotNetty.Transport.Channels.IEventLoop.Parent => this;

    IEnumerable<DotNetty.Transport.Channels.IEventLoop> IEventLoopGroup.Items => [this];

    /// <summary>The pipeline asks for the thread it is on only.</summary>
    public override bool IsInEventLoop(Thread thread) => Loop.InEventLoop;

    public override void Execute(IRunnable task) => Loop.Execute(task.Run);

    public override IScheduledTask Schedule(IRunnable action, TimeSpan delay) => Schedule(action.Run, delay);

    public override IScheduledTask Schedule(Action action, TimeSpan delay) => new ScheduledNettyTask(this, action, delay);

    public override IScheduledTask Schedule(Action<object> action, object state, TimeSpan delay) => Schedule(() => action(state), delay);

    public override IScheduledTask Schedule(Action<object, object> action, object context, object state, TimeSpan delay) =>
        Schedule(() => action(context, state), delay);

    public override Task ScheduleAsync(Action action, TimeSpan delay, CancellationToken cancellationToken) =>
        new ScheduledNettyTask(this, action, delay, cancellationToken).Completion;

    public override Task ScheduleAsync(Action<object> action, object state, TimeSpan delay, CancellationToken cancellationToken) =>
        ScheduleAsync(() => action(state), delay, cancellationToken);

    public override Task ScheduleAsync(
        Action<object, object> action, object context, object state, TimeSpan delay, CancellationToken cancellationToken) =>
        ScheduleAsync(() => action(context, state), delay, cancellationToken);

    public override Task ShutdownGracefullyAsync(TimeSpan quietPeriod, TimeSpan timeout) =>
        throw new NotSupportedException("The maker of the loop ends it.");

    public Task RegisterAsync(IChannel channel) => channel.Unsafe.RegisterAsync(this);

    DotNetty.Transport.Channels.IEventLoop IEventLoopGroup.GetNext() => this;

    protected override IEnumerable<IEventExecutor> GetItems() => [this];
}
