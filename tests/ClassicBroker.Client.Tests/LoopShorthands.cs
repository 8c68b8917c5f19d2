using ClassicBroker.Platform;

namespace ClassicBroker.Client.Tests;

/// <summary>Shorthands of the tests for work on the clients' loop.</summary>
internal static class LoopShorthands
{
    public static Task DelayAsync(this IEventLoop loop, int milliseconds) => loop.DelayAsync(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>Starts work on the loop; the test lets time pass before it asks for the outcome.</summary>
    public static Task<T> InvokeAsyncOn<T>(this IEventLoop loop, Func<Task<T>> work) => loop.InvokeAsync(work);
}
