namespace ClassicBroker.Platform;

/// <summary>Brings the continuations of awaits back to the loop they started on. Installed by each loop on its own thread.</summary>
public sealed class EventLoopSynchronizationContext(IEventLoop loop) : SynchronizationContext
{
    /// <summary>The loop continuations return to.</summary>
    public IEventLoop Loop { get; } = loop;

    public override void Post(SendOrPostCallback d, object? state) => Loop.Execute(() => d(state));

    /// <exception cref="NotSupportedException">Always, from another thread: waiting for a loop is how loops deadlock.</exception>
    public override void Send(SendOrPostCallback d, object? state)
    {
        if (!Loop.InEventLoop)
        {
            throw new NotSupportedException("An event loop is never waited for; post to it.");
        }

        d(state);
    }

    public override SynchronizationContext CreateCopy() => this;
}
