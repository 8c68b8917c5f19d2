using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Replication.State;
using ClassicBroker.Server.Topics;

namespace ClassicBroker.Server.Control;

/// <summary>
/// Carries out what the controller asks of this broker, request by request in the order they came, whether over the network or from the
/// controller in this process. A request meant for an earlier life of the broker is refused (KIP-380).
/// Threading: any; requests are carried out on the replica-state loop, one at a time, because they make and remove logs, which neither a
/// network loop nor the controller's may wait for.
/// </summary>
public sealed class ControllerRequests(
    ReplicaStateChanges changes,
    MetadataCache metadata,
    TopicLogConfigs topicConfigs,
    Func<long> brokerEpoch,
    IEventLoop loop)
{
    private const long UnknownEpoch = -1;

    private Task _last = Task.CompletedTask;

    /// <summary>Told which partitions the controller says are being deleted; takes note and returns.</summary>
    public Action<IReadOnlyList<TopicPartition>>? PartitionsDeleted { get; set; }

    public Task<LeaderAndIsrResponse> ApplyAsync(LeaderAndIsrRequest request, short version) =>
        InOrderAsync(async () =>
        {
            if (IsStale(request.BrokerEpoch))
            {
                return new LeaderAndIsrResponse { ErrorCode = ErrorCode.StaleBrokerEpoch };
            }

            // The configuration of a topic is written before the topic and never announced; a log must not be made without it.
            await topicConfigs.LoadNewAsync(Topics(request));
            return changes.Apply(request, version);
        });

    public Task<StopReplicaResponse> ApplyAsync(StopReplicaRequest request) =>
        InOrderAsync(() => Task.FromResult(
            IsStale(request.BrokerEpoch) ? new StopReplicaResponse { ErrorCode = ErrorCode.StaleBrokerEpoch } : changes.Apply(request)));

    public Task<UpdateMetadataResponse> ApplyAsync(UpdateMetadataRequest request) =>
        InOrderAsync(() => Task.FromResult(new UpdateMetadataResponse
        {
            ErrorCode = IsStale(request.BrokerEpoch)
                ? ErrorCode.StaleBrokerEpoch
                : changes.ApplyFrom(
                    request.ControllerId,
                    request.ControllerEpoch,
                    () => Publish(request)),
        }));

    private void Publish(UpdateMetadataRequest request)
    {
        metadata.Publish(metadata.Current.Apply(request, out var deleted));
        if (deleted.Count > 0)
        {
            PartitionsDeleted?.Invoke(deleted);
        }
    }

    private static IEnumerable<string> Topics(LeaderAndIsrRequest request) =>
        request.TopicStates.Select(topic => topic.TopicName)
            .Concat(request.UngroupedPartitionStates.Select(state => state.TopicName))
            .Distinct(StringComparer.Ordinal);

    /// <summary>
    /// A request may carry an epoch we have not learnt yet, where the controller saw our registration before its answer came back to us.
    /// </summary>
    private bool IsStale(long requestEpoch) => requestEpoch != UnknownEpoch && requestEpoch < brokerEpoch();

    private Task<T> InOrderAsync<T>(Func<Task<T>> work) => loop.InvokeAsync(() => AfterLastAsync(work));

    private async Task<T> AfterLastAsync<T>(Func<Task<T>> work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var previous = _last;
        _last = done.Task;
        try
        {
            await previous;
            return await work();
        }
        finally
        {
            done.SetResult();
        }
    }
}
