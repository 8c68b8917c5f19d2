using ClassicBroker.Client.Cluster;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;

namespace ClassicBroker.Client.Admin;

/// <summary>
/// The frame around one call of the admin client: onto the loop, again after failures that pass, and an end at
/// <c>default.api.timeout.ms</c> that tells the cause, or at its cancellation. A call about several things goes on with those that wait
/// while others have their answers. Refusals name the broker that answered last. Threading: made on any thread, then the client's loop.
/// </summary>
internal sealed class AdminCalls(AdminConfig config, ClusterClient cluster, CallsUnderWay underWay, CancellationToken cancellation)
{
    private BrokerSlot? _answered;
    private long? _deadlineMs;

    public CancellationToken Cancellation => cancellation;

    public ClusterClient Cluster => cluster;

    public int RequestTimeoutMs => (int)config.RequestTimeout.TotalMilliseconds;

    /// <summary>What an answer tells of the one thing that was asked for.</summary>
    /// <exception cref="KafkaException">It tells nothing of it.</exception>
    public static T Only<T>(T[] items) => items.Length > 0
        ? items[0]
        : throw Untold();

    /// <summary>An answer tells nothing of what was asked for.</summary>
    public static KafkaException Untold() =>
        new(ErrorCode.UnknownServerError, "The broker's answer does not tell of what was asked for");

    /// <summary>A broker that cannot be reached may not be in charge any more: another is the controller, or leads.</summary>
    public static bool MeansStaleMetadata(KafkaException failure) =>
        failure is BrokerUnavailableException || failure.Code == ErrorCode.NotController || failure.Code.NeedsMetadataRefresh();

    /// <summary>Runs <paramref name="attempt"/> on the loop until it succeeds or fails for good.</summary>
    /// <param name="name">The call as Java's admin client names it, for the message of a timeout.</param>
    /// <param name="attempt">One attempt.</param>
    public Task<T> RunAsync<T>(string name, Func<Task<T>> attempt) =>
        RunOnLoopAsync(() => RetryAsync(attempt, (tries, last) => TimedOut(name, tries, last)));

    /// <summary>Runs <paramref name="round"/> on the loop until every item has its answer or its failure.</summary>
    /// <param name="name">As of <see cref="RunAsync{T}"/>.</param>
    /// <param name="items">What is asked about.</param>
    /// <param name="refuse">Makes the answer that tells a failure.</param>
    /// <param name="round">Asks about those that wait.</param>
    /// <returns>An answer for each item, in their order.</returns>
    /// <exception cref="KafkaException">No broker told anything of any of them.</exception>
    public Task<IReadOnlyList<TAnswer>> RunEachAsync<TItem, TAnswer>(
        string name,
        IReadOnlyCollection<TItem> items,
        Func<TItem, KafkaException, TAnswer> refuse,
        Func<Answers<TItem, TAnswer>, Task> round)
        where TItem : notnull =>
        RunOnLoopAsync(async () =>
        {
            var answers = new Answers<TItem, TAnswer>(items, refuse);
            var triesInVain = 0;
            try
            {
                await RetryAsync(
                    async () =>
                    {
                        answers.BeginRound();
                        await round(answers);
                        answers.EndRound();
                        return true;
                    },
                    (tries, last) => TimedOut(name, triesInVain = tries, last));
            }
            catch (KafkaException failure) when (answers.HasAny && failure is not ClientClosedException)
            {
                answers.End(failure, last => triesInVain > 0 ? TimedOut(name, triesInVain, last) : last);
            }

            return answers.InOrder;
        });

    /// <summary>Asks every live broker for what it has.</summary>
    /// <param name="name">As of <see cref="RunAsync{T}"/>.</param>
    /// <param name="ask">Asks one.</param>
    public async Task<ClusterListing<T>> ListAsync<T>(string name, Func<int, Task<IEnumerable<T>>> ask)
    {
        var metadata = await RunAsync(name, cluster.RefreshAsync);
        var listed = await RunEachAsync<int, (IEnumerable<T> Found, KafkaException? Failure)>(
            name,
            [.. metadata.Nodes.Select(node => node.Id)],
            (_, failure) => ([], failure),
            answers => answers.AskEachAsync(async broker => answers.Give(broker, (await ask(broker), null))));
        return new ClusterListing<T>(
            [.. listed.SelectMany(broker => broker.Found)], [.. listed.Select(broker => broker.Failure).OfType<KafkaException>()]);
    }

    /// <summary>Sends to whichever broker has least to do.</summary>
    public async Task<TResponse> SendToAnyAsync<TRequest, TResponse>(TRequest request)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        // Bootstrap servers have no ids, which refusals tell.
        if (cluster.Metadata.Nodes.Length == 0)
        {
            await cluster.RefreshAsync();
        }

        cancellation.ThrowIfCancellationRequested();
        return await cluster.SendToAnyAsync<TRequest, TResponse>(request, answered: broker => _answered = broker);
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
        new(error, message, _answered is { } broker ? cluster.IdOf(broker) : null, api) { BrokerAddress = _answered?.Address.ToString() };

    private async Task<TResponse> SendAsync<TRequest, TResponse>(BrokerSlot broker, TRequest request)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        cancellation.ThrowIfCancellationRequested();
        var response = await cluster.SendAsync<TRequest, TResponse>(broker, request);
        _answered = broker;
        return response;
    }

    private Task<T> RunOnLoopAsync<T>(Func<Task<T>> call) => cancellation.IsCancellationRequested
        ? Task.FromCanceled<T>(cancellation)
        : cluster.Loop.InvokeAsync(() => underWay.RunAsync(call)).WaitAsync(cancellation);

    private async Task<T> RetryAsync<T>(Func<Task<T>> attempt, Func<int, KafkaException, KafkaTimeoutException> onDeadline)
    {
        // A call that has several parts has the time of one.
        var deadlineMs = _deadlineMs ??= cluster.Loop.Time.MonotonicMs() + (long)config.DefaultApiTimeout.TotalMilliseconds;
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
                isStale = MeansStaleMetadata(failure);
                await cluster.PauseAsync(tries, deadlineMs, () => onDeadline(tries, failure));
            }
        }
    }

    private static KafkaTimeoutException TimedOut(string name, int tries, KafkaException last) =>
        last is BrokerUnavailableException
            ? new KafkaTimeoutException($"Timed out waiting for a node assignment. Call: {name} ({last.Message})", last)
            : new KafkaTimeoutException($"Call(callName={name}, tries={tries}) timed out after {tries} attempt(s) ({last.Message})", last);
}
