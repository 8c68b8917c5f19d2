using ClassicBroker.Platform;

namespace ClassicBroker.Rpc.Http;

/// <summary>
/// Kafka's way to try again: after <paramref name="backoffMs"/>, then twice as long each time, until <paramref name="backoffMaxMs"/> have
/// passed since the first attempt. Threading: the loop.
/// </summary>
internal sealed class HttpRetry(IEventLoop loop, long backoffMs, long backoffMaxMs)
{
    /// <exception cref="HttpException">No attempt succeeded; this is what became of the first.</exception>
    public async Task<T> RunAsync<T>(Func<Task<T>> attempt)
    {
        var endMs = loop.Time.MonotonicMs() + backoffMaxMs;
        HttpException? first = null;
        for (var waitMs = backoffMs; ; waitMs *= 2)
        {
            try
            {
                return await attempt();
            }
            catch (HttpException failure)
            {
                first ??= failure;
                waitMs = Math.Min(waitMs, endMs - loop.Time.MonotonicMs());
                if (failure.IsFinal || waitMs <= 0)
                {
                    throw first == failure
                        ? failure
                        : new HttpException($"{first.Message}; the last attempt failed too: {failure.Message}");
                }
            }

            await loop.DelayAsync(TimeSpan.FromMilliseconds(waitMs));
        }
    }
}
