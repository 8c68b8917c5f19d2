using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Replication.Followers;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Replication.State;
using ClassicBroker.Server.Topics;

namespace ClassicBroker.Server.Control;

/// <summary>
/// Carries out what the controller asks of this broker, request by request in the order they came, whether over the network or from the
/// controller in this process. A request meant for an earlier life of the broker is refused (KIP-380).
/// <c>lookAgain</c> has the controller send the state of all this broker's replicas once more.
/// Threading: any; requests are carried out on the replica-state loop, one at a time, because they make and remove logs, which neither a
/// network loop nor the controller's may wait for.
/// </summary>
public sealed class ControllerRequests(
    ReplicaStateChanges changes,
    MetadataCache metadata,
    TopicLogConfigs topicConfigs,
    IFollowerFetching followers,
    Func<long> brokerEpoch,
    IEventLoop loop,
    Action lookAgain)
{
    private const long UnknownEpoch = -1;

    /// <summary>What the controller gets to elect another leader before it is asked to look at a suspect replica again.</summary>
    private static readonly TimeSpan SuspectPause = TimeSpan.FromSeconds(1);

    private readonly OrderedWork _requests = new();

    /// <summary>Told which partitions the controller says are being deleted; takes note and returns.</summary>
    public Action<IReadOnlyList<TopicPartition>>? PartitionsDeleted { get; set; }

    /// <summary>Told when brokers have left the cluster.</summary>
    public Action? BrokersGone { get; set; }

    /// <summary>Told of the replicas whose leader has changed, before the request is answered.</summary>
    public Action<IEnumerable<Partition>>? ReplicasAssigned { get; set; }

    public Task<LeaderAndIsrResponse> ApplyAsync(LeaderAndIsrRequest request, short version) =>
        InOrderAsync(async () =>
        {
            if (IsStale(request.BrokerEpoch))
            {
                return new LeaderAndIsrResponse { ErrorCode = ErrorCode.StaleBrokerEpoch };
            }

            // The configuration of a topic is written before the topic and never announced; a log must not be made without it.
            await topicConfigs.LoadNewAsync(Topics(request));
            var applied = changes.Apply(request, version, brokerEpoch());
            Act(applied.Decisions);
            return applied.Response;
        });

    public Task<StopReplicaResponse> ApplyAsync(StopReplicaRequest request) =>
        InOrderAsync(() =>
        {
            if (IsStale(request.BrokerEpoch))
            {
                return Task.FromResult(new StopReplicaResponse { ErrorCode = ErrorCode.StaleBrokerEpoch });
            }

            var applied = changes.Apply(request);
            Act(applied.Decisions);
            return Task.FromResult(applied.Response);
        });

    public Task<UpdateMetadataResponse> ApplyAsync(UpdateMetadataRequest request) =>
        InOrderAsync(() => Task.FromResult(new UpdateMetadataResponse
        {
            ErrorCode = IsStale(request.BrokerEpoch)
                ? ErrorCode.StaleBrokerEpoch
                : changes.ApplyFrom(
                    new BrokerId(request.ControllerId),
                    request.ControllerEpoch,
                    () => Publish(request)),
        }));

    /// <summary>Where the logs of these replicas end, whichever broker leads.</summary>
    public ListOffsetsResponse LogEnds(ListOffsetsRequest request) =>
        new()
        {
            Topics =
            [
                .. request.Topics.Select(topic => new ListOffsetsResponse.ListOffsetsTopicResponse
                {
                    Name = topic.Name,
                    Partitions =
                    [
                        .. topic.Partitions.Select(partition => changes.LogEndOf(new(topic.Name, partition.PartitionIndex)) is { } end
                            ? new ListOffsetsResponse.ListOffsetsPartitionResponse
                            {
                                PartitionIndex = partition.PartitionIndex, LeaderEpoch = end.Epoch.Value, Offset = end.EndOffset,
                            }
                            : new() { PartitionIndex = partition.PartitionIndex, ErrorCode = ErrorCode.KafkaStorageError }),
                    ],
                }),
            ],
        };

    private void Publish(UpdateMetadataRequest request)
    {
        var before = metadata.Current;
        metadata.Publish(before.Apply(request, out var deleted));
        if (deleted.Count > 0)
        {
            PartitionsDeleted?.Invoke(deleted);
        }

        foreach (var broker in before.Brokers)
        {
            if (!metadata.Current.IsAlive(broker.Id))
            {
                BrokersGone?.Invoke();
                break;
            }
        }
    }

    private void Act(ReplicaDecisions decisions)
    {
        followers.Unfollow(decisions.NotFetched);
        followers.Follow(decisions.Followed);
        ReplicasAssigned?.Invoke(decisions.Led.Concat(decisions.Followed.Select(following => following.Partition)));
        if (decisions.HasSuspects)
        {
            loop.Schedule(lookAgain, SuspectPause);
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

    private Task<T> InOrderAsync<T>(Func<Task<T>> work) => loop.InvokeAsync(() => _requests.RunAsync(work));
}
