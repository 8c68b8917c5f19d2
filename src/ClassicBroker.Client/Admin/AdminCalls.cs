using ClassicBroker.Client.Cluster;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;

namespace ClassicBroker.Client.Admin;

/// <summary>
/// The frame around every call of the admin client: onto the loop, again after failures that pass, and an end at
/// <c>default.api.timeout.ms</c> that tells the cause. Safe from any thread.
/// </summary>
internal sealed class AdminCalls(AdminConfig config, ClusterClient cluster)
{
    private int _underWay;
    private TaskCompletionSource? _ended;

    public ClusterClient Cluster => cluster;

    public int RequestTimeoutMs => (int)config.RequestTimeout.TotalMilliseconds;

    /// <summary>Runs <paramref name="attempt"/> on the loop until it succeeds or fails for good.</summary>
    /// <param name="name">The call as Java's admin client names it, for the message of a timeout.</param>
    /// <param name="attempt">One attempt.</param>
    public Task<T> RunAsync<T>(string name, Func<Task<T>> attempt) => RunOnceAsync(() => RetryAsync(name, attempt));

    /// <summary>Runs on the loop what sees to its own retries.</summary>
    public Task<T> RunOnceAsync<T>(Func<Task<T>> call) => cluster.Loop.InvokeAsync(async () =>
    {
        _underWay++;
        try
        {
            return await call();
        }
        finally
        {
            if (--_underWay == 0)
            {
                _ended?.TrySetResult();
            }
        }
    });

    /// <summary>
    /// Closes the connections and ends when every call under way has failed of that: the loop may be gone afterwards, and a call that
    /// waited on it would never be told.
    /// </summary>
    public Task CloseAsync() => cluster.Loop.InvokeAsync(async () =>
    {
        cluster.Close();
        if (_underWay > 0)
        {
            _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
            await _ended.Task;
        }
    });

    /// <summary>Sends to the controller; a broker that no longer is it lets the call be tried again.</summary>
    public async Task<TResponse> SendToControllerAsync<TRequest, TResponse>(TRequest request)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        if (cluster.Metadata.Node(cluster.Metadata.ControllerId) is null)
        {
            await cluster.RefreshAsync();
        }

        if (cluster.Metadata.Node(cluster.Metadata.ControllerId) is not { } controller)
        {
            throw new KafkaException(ErrorCode.NotController, "There is no controller");
        }

        return await cluster.SendAsync<TRequest, TResponse>(cluster.Broker(controller.Id), request);
    }

    /// <summary>Sends to one broker.</summary>
    public async Task<TResponse> SendToBrokerAsync<TRequest, TResponse>(int broker, TRequest request)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        if (cluster.Metadata.Node(broker) is null)
        {
            await cluster.RefreshAsync();
        }

        return await cluster.SendAsync<TRequest, TResponse>(cluster.Broker(broker), request);
    }

    /// <summary>Lets the call be tried again at the new controller where an item says that this one is not it.</summary>
    /// <exception cref="KafkaException">It does.</exception>
    public static void RequireController(ErrorCode error)
    {
        if (error is ErrorCode.NotController)
        {
            throw new KafkaException(error);
        }
    }

    /// <summary>A failure made from an error code; null from none.</summary>
    public static KafkaException? Failure(ErrorCode error, string? message, string api) =>
        error == ErrorCode.None ? null : new KafkaException(error, message, api: api);

    private async Task<T> RetryAsync<T>(string name, Func<Task<T>> attempt)
    {
        var deadlineMs = cluster.Loop.Time.MonotonicMs() + (long)config.DefaultApiTimeout.TotalMilliseconds;
        var isStale = false;
        for (var tries = 1; ; tries++)
        {
            try
            {
                if (isStale)
                {
                    await cluster.RefreshAsync();
                }

                return await attempt();
            }
            catch (KafkaException failure) when (failure.IsRetriable && tries <= config.Retries)
            {
                isStale = failure.Code == ErrorCode.NotController || failure.Code.NeedsMetadataRefresh();
                await cluster.PauseAsync(tries, deadlineMs, () => TimedOut(name, tries, failure));
            }
        }
    }

    private static KafkaTimeoutException TimedOut(string name, int tries, KafkaException last) =>
        last is BrokerUnavailableException
            ? new KafkaTimeoutException($"Timed out waiting for a node assignment. Call: {name} ({last.Message})", last)
            : new KafkaTimeoutException($"Call(callName={name}, tries={tries}) timed out after {tries} attempt(s) ({last.Message})", last);
}
