using ClassicBroker.Client.Cluster;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;

namespace ClassicBroker.Client.Admin;

/// <summary>
/// The frame around one call of the admin client: onto the loop, again after failures that pass, and an end at
/// <c>default.api.timeout.ms</c> that tells the cause, or at its cancellation. Refusals name the broker that answered last. Threading: made
/// on any thread, then the client's loop.
/// </summary>
internal sealed class AdminCalls(AdminConfig config, ClusterClient cluster, CallsUnderWay underWay, CancellationToken cancellation)
{
    private BrokerSlot? _answered;

    public ClusterClient Cluster => cluster;

    public int RequestTimeoutMs => (int)config.RequestTimeout.TotalMilliseconds;

    /// <summary>What an answer tells of the one thing that was asked for.</summary>
    /// <exception cref="KafkaException">It tells nothing of it.</exception>
    public static T Only<T>(T[] items) => items.Length > 0
        ? items[0]
        : throw new KafkaException(ErrorCode.UnknownServerError, "The broker's answer does not tell of what was asked for");

    /// <summary>Runs <paramref name="attempt"/> on the loop until it succeeds or fails for good.</summary>
    /// <param name="name">The call as Java's admin client names it, for the message of a timeout.</param>
    /// <param name="attempt">One attempt.</param>
    public Task<T> RunAsync<T>(string name, Func<Task<T>> attempt) => RunOnceAsync(() => RetryAsync(name, attempt));

    /// <summary>Runs on the loop what sees to its own retries.</summary>
    public Task<T> RunOnceAsync<T>(Func<Task<T>> call) => cancellation.IsCancellationRequested
        ? Task.FromCanceled<T>(cancellation)
        : cluster.Loop.InvokeAsync(() => underWay.RunAsync(call)).WaitAsync(cancellation);

    /// <summary>Sends to whichever broker has least to do.</summary>
    public Task<TResponse> SendToAnyAsync<TRequest, TResponse>(TRequest request)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        cancellation.ThrowIfCancellationRequested();
        return cluster.SendToAnyAsync<TRequest, TResponse>(request, answered: broker => _answered = broker);
    }

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

        return await SendAsync<TRequest, TResponse>(cluster.Broker(controller.Id), request);
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

        return await SendAsync<TRequest, TResponse>(cluster.Broker(broker), request);
    }

    /// <summary>Lets the call be tried again at the new controller where an item says that this one is not it.</summary>
    /// <exception cref="KafkaException">It does.</exception>
    public void RequireController(ErrorCode error)
    {
        if (error is ErrorCode.NotController)
        {
            throw Refusal(error);
        }
    }

    /// <summary>A failure made from an error code; null from none.</summary>
    public KafkaException? Failure(ErrorCode error, string? message, string api) =>
        error == ErrorCode.None ? null : Refusal(error, message, api);

    /// <summary>What the broker that answered last refuses.</summary>
    public KafkaException Refusal(ErrorCode error, string? message = null, string? api = null) =>
        new(error, message, _answered is { Id: >= 0 } broker ? broker.Id : null, api) { BrokerAddress = _answered?.Address.ToString() };

    private async Task<TResponse> SendAsync<TRequest, TResponse>(BrokerSlot broker, TRequest request)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        cancellation.ThrowIfCancellationRequested();
        var response = await cluster.SendAsync<TRequest, TResponse>(broker, request);
        _answered = broker;
        return response;
    }

    private async Task<T> RetryAsync<T>(string name, Func<Task<T>> attempt)
    {
        var deadlineMs = cluster.Loop.Time.MonotonicMs() + (long)config.DefaultApiTimeout.TotalMilliseconds;
        var isStale = false;
        for (var tries = 1; ; tries++)
        {
            cancellation.ThrowIfCancellationRequested();
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
                // A broker that cannot be reached may not be in charge any more: another is the controller, or leads.
                isStale = failure is BrokerUnavailableException
                    || failure.Code == ErrorCode.NotController
                    || failure.Code.NeedsMetadataRefresh();
                await cluster.PauseAsync(tries, deadlineMs, () => TimedOut(name, tries, failure));
            }
        }
    }

    private static KafkaTimeoutException TimedOut(string name, int tries, KafkaException last) =>
        last is BrokerUnavailableException
            ? new KafkaTimeoutException($"Timed out waiting for a node assignment. Call: {name} ({last.Message})", last)
            : new KafkaTimeoutException($"Call(callName={name}, tries={tries}) timed out after {tries} attempt(s) ({last.Message})", last);
}
