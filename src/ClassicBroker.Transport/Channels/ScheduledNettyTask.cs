using System.Runtime.CompilerServices;
using ClassicBroker.Platform;
using DotNetty.Common;
using DotNetty.Common.Concurrency;

namespace ClassicBroker.Transport;

/// <summary>A timer of a <see cref="NettyLoop"/>. Threading: <see cref="Cancel"/> from any thread, the rest on the loop.</summary>
internal sealed class ScheduledNettyTask : IScheduledTask
{
    private readonly TaskCompletionSource<int> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IScheduledWork _timer;
    private readonly CancellationTokenRegistration _registration;

    public ScheduledNettyTask(NettyLoop loop, Action action, TimeSpan delay, CancellationToken cancellation = default)
    {
        Deadline = PreciseTimeSpan.FromTimeSpan(loop.Loop.Time.GetElapsedTime(0) + delay);
        _timer = loop.Loop.Schedule(() => Run(action), delay);
        _registration = cancellation.Register(() => Cancel());
    }

    public PreciseTimeSpan Deadline { get; }

    public Task Completion => _done.Task;

    public bool Cancel()
    {
        var cancelled = _timer.Cancel();
        return cancelled && _done.TrySetCanceled();
    }

    public TaskAwaiter GetAwaiter() => Completion.GetAwaiter();

    private void Run(Action action)
    {
        _registration.Dispose();
        action();
        _done.TrySetResult(0);
    }
}
