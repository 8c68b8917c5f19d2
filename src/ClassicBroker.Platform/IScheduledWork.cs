namespace ClassicBroker.Platform;

/// <summary>Work put off by <see cref="IEventLoop.Schedule"/>. Any thread may cancel.</summary>
public interface IScheduledWork
{
    /// <summary>True when this call kept the work from running.</summary>
    bool Cancel();
}
