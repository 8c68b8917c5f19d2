using ClassicBroker.Platform;

namespace ClassicBroker.Client.Cluster;

/// <summary>Pauses that end on the loop they were asked on.</summary>
internal static class LoopDelay
{
    public static Task DelayAsync(this IEventLoop loop, TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
        {
            return Task.CompletedTask;
        }

        var elapsed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Schedule(elapsed.SetResult, delay);
        return elapsed.Task;
    }
}
