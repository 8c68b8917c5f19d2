using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Replication;
using ClassicBroker.Replication.Fetch;
using ClassicBroker.Replication.Sessions;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Metrics;
using ClassicBroker.Server.Quotas;
using ClassicBroker.Storage;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// Fetch 0-17: long polls, incremental sessions (KIP-227), isolation, old formats. Reads on the network loop that received the request, but
/// for what may take long; the records go out by <c>sendfile</c>.
/// </summary>
public sealed class FetchHandler(
    LeaderReader reads,
    FetchSessionCache sessions,
    FetchConversion conversion,
    IExecutor longReads,
    MetadataCache metadata,
    DynamicBrokerConfig config,
    QuotaEnforcement quotas,
    BrokerTopicStats stats)
    : RequestHandler<FetchRequest, FetchResponse>
{
    private const sbyte ReadCommitted = 1;
    private const int ConsumerReplicaId = -1;
    private const short FirstVersionWithMaxBytes = 3;
    private const short FirstVersionWithStorageError = 6;
    private const short FirstVersionWithFollowerReads = 11;
    private const short FirstVersionWithTopicIds = 13;
    private const short FirstVersionWithReplicaState = 15;
    private const short FirstVersionWithNodeEndpoints = 16;

    /// <summary>Followers need this alone; without it every partition is refused as a topic would be.</summary>
    private static readonly AccessRule ClusterAction = AccessRule.Each(AclOperation.ClusterAction, AclResourceType.Cluster);

    private static readonly AccessRule ReadTopic = AccessRule.Each(AclOperation.Read, AclResourceType.Topic);

    /// <summary>Without it a topic's id is as unknown as any other, so that topics cannot be found by trying ids.</summary>
    private static readonly AccessRule DescribeTopic = AccessRule.Each(AclOperation.Describe, AclResourceType.Topic);

    public override IReadOnlyList<AccessRule> Access { get; } = [ClusterAction, ReadTopic, DescribeTopic];

    public override async ValueTask<FetchResponse?> HandleAsync(FetchRequest request, RequestContext context)
    {
        var usesTopicIds = context.ApiVersion >= FirstVersionWithTopicIds;
        var parameters = Parameters(request, context);
        var session = sessions.Open(
            request.SessionId,
            request.SessionEpoch,
            Requested(request, usesTopicIds),
            Forgotten(request),
            parameters.IsFollower,
            usesTopicIds,
            NameOf);
        if (session.Error != ErrorCode.None)
        {
            return new FetchResponse { ErrorCode = session.Error, SessionId = session.SessionId };
        }

        var partitions = session.Partitions;
        var results = await ReadAsync(parameters, partitions, context);
        if (context.Cancellation.IsCancellationRequested)
        {
            Discard(results);
            return null;
        }

        if (quotas.LimitsFetches && !parameters.IsFollower && !quotas.MayFetch(context, BytesOf(results)))
        {
            // Over the quota nothing is sent, and the session stays as it was; one that was to begin does not.
            Discard(results);
            return new FetchResponse { SessionId = session.SessionId };
        }

        reads.CountSent(parameters, partitions, results);
        for (var i = 0; i < results.Length; i++)
        {
            var topicPartition = partitions[i].TopicPartition;
            stats.Fetched(topicPartition.Topic, results[i], parameters.IsFollower, reads.IsReassigned(topicPartition, parameters));
        }

        return FetchConversion.IsNeeded(context.ApiVersion, results)
            ? await RespondElsewhereAsync(session, partitions, results, context)
            : Respond(session, partitions, results, context);
    }

    private static long BytesOf(FetchPartitionResult[] results)
    {
        var bytes = 0L;
        foreach (ref readonly var result in results.AsSpan())
        {
            bytes += result.SizeInBytes;
        }

        return bytes;
    }

    /// <summary>The client is gone: its session stays as it was, and files are let go.</summary>
    private static void Discard(FetchPartitionResult[] results)
    {
        foreach (ref readonly var result in results.AsSpan())
        {
            result.Discard();
        }
    }

    private Task<FetchResponse> RespondElsewhereAsync(
        FetchContext session,
        FetchPartition[] partitions,
        FetchPartitionResult[] results,
        RequestContext context) =>
        longReads.RunAsync(() => Respond(session, partitions, results, context));

    private FetchParameters Parameters(FetchRequest request, RequestContext context)
    {
        var version = context.ApiVersion;
        var (replicaId, replicaEpoch) = version >= FirstVersionWithReplicaState
            ? (request.ReplicaState?.ReplicaId ?? ConsumerReplicaId, request.ReplicaState?.ReplicaEpoch ?? -1L)
            : (request.ReplicaId, -1L);
        var isConsumer = replicaId < 0;
        var maxBytes = Math.Min(request.MaxBytes, config.Current.FetchMaxBytes);
        if (isConsumer)
        {
            maxBytes = Math.Min(maxBytes, quotas.FetchBytesMax(context));
        }

        var mayReadFromFollower = isConsumer && version >= FirstVersionWithFollowerReads;
        return new FetchParameters(
            replicaId,
            replicaEpoch,
            context.Connection.Channel.Number,
            request.MaxWaitMs,
            Math.Min(request.MinBytes, maxBytes),
            maxBytes,
            !isConsumer ? FetchIsolation.LogEnd
                : request.IsolationLevel == ReadCommitted ? FetchIsolation.TxnCommitted
                : FetchIsolation.HighWatermark,
            HardMaxBytes: version < FirstVersionWithMaxBytes,
            OnlyLeader: !mayReadFromFollower,
            Client: mayReadFromFollower && request.RackId.Length > 0 ? new FetchClient(request.RackId, context.ListenerName) : null);
    }

    /// <summary>Null for an id that is not known.</summary>
    private string? NameOf(Uuid topicId) => metadata.Current.Topic(topicId)?.Name;

    /// <summary>
    /// What is asked, each partition once: where it is named twice the last one counts, in the place of the first. A topic whose id is not
    /// known has an empty name.
    /// </summary>
    private FetchPartition[] Requested(FetchRequest request, bool usesTopicIds)
    {
        var partitions = new FetchPartition[request.Topics.Sum(topic => topic.Partitions.Length)];
        var next = 0;
        foreach (var topic in request.Topics)
        {
            var name = usesTopicIds ? NameOf(topic.TopicId) ?? "" : topic.Topic;
            foreach (var partition in topic.Partitions)
            {
                partitions[next++] = new FetchPartition(
                    new TopicIdPartition(topic.TopicId, new TopicPartition(name, partition.Partition)),
                    partition.FetchOffset,
                    partition.PartitionMaxBytes,
                    partition.LogStartOffset,
                    new LeaderEpoch(partition.CurrentLeaderEpoch),
                    new LeaderEpoch(partition.LastFetchedEpoch));
            }
        }

        return next > 1 ? Once(partitions) : partitions;
    }

    private static FetchPartition[] Once(FetchPartition[] partitions)
    {
        var places = new Dictionary<TopicIdPartition, int>(partitions.Length);
        var count = 0;
        foreach (var partition in partitions)
        {
            if (places.TryAdd(partition.Id, count))
            {
                partitions[count++] = partition;
            }
            else
            {
                partitions[places[partition.Id]] = partition;
            }
        }

        return partitions[..count];
    }

    private static TopicIdPartition[] Forgotten(FetchRequest request) =>
        request.ForgottenTopicsData.Length == 0
            ? []
            : [.. request.ForgottenTopicsData.SelectMany(topic => topic.Partitions.Select(
                partition => new TopicIdPartition(topic.TopicId, new TopicPartition(topic.Topic, partition))))];

    /// <summary>
    /// Reads what this broker's metadata knows, and waits for that alone: an unknown partition beside it is an error that changes nothing
    /// before the wait is over.
    /// </summary>
    private async ValueTask<FetchPartitionResult[]> ReadAsync(
        FetchParameters parameters, FetchPartition[] partitions, RequestContext context)
    {
        var faults = FaultsOf(partitions, RefusedOf(parameters, partitions, context), context, out var faulty);
        if (faults is null)
        {
            return await reads.FetchAsync(parameters, partitions, context.Cancellation);
        }

        var readable = new FetchPartition[partitions.Length - faulty];
        var next = 0;
        for (var i = 0; i < partitions.Length; i++)
        {
            if (faults[i] == ErrorCode.None)
            {
                readable[next++] = partitions[i];
            }
        }

        var read = await reads.FetchAsync(parameters, readable, context.Cancellation);
        var results = new FetchPartitionResult[partitions.Length];
        next = 0;
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = faults[i] == ErrorCode.None ? read[next++] : FetchPartitionResult.Unknown(faults[i]);
        }

        return results;
    }

    /// <summary>What may not be read: topics for a consumer, everything for a follower.</summary>
    private static RefusedTopics RefusedOf(in FetchParameters parameters, FetchPartition[] partitions, RequestContext context) =>
        !context.IsGuarded ? default
        : parameters.IsFollower ? new(IsEverything: !context.Allows(ClusterAction), default)
        : new(IsEverything: false, RefusedTopicsOf(partitions, context));

    /// <summary>
    /// Partitions of a topic stand together nearly always: a topic is asked for where another one was before it, which allocates nothing
    /// where all may be read.
    /// </summary>
    private static RefusedNames RefusedTopicsOf(FetchPartition[] partitions, RequestContext context)
    {
        HashSet<string>? refused = null;
        var last = "";
        foreach (ref readonly var partition in partitions.AsSpan())
        {
            var topic = partition.TopicPartition.Topic;
            if (topic == last)
            {
                continue;
            }

            last = topic;
            if (topic.Length > 0 && refused?.Contains(topic) != true && !context.Allows(ReadTopic, topic))
            {
                (refused ??= new(StringComparer.Ordinal)).Add(topic);
            }
        }

        return new(refused);
    }

    private static ErrorCode RefusalOf(string topic, RequestContext context) =>
        context.ApiVersion >= FirstVersionWithTopicIds && !context.Allows(DescribeTopic, topic)
            ? ErrorCode.UnknownTopicId
            : ReadTopic.Refusal;

    /// <summary>Null where all is known and permitted, as nearly always.</summary>
    private ErrorCode[]? FaultsOf(FetchPartition[] partitions, RefusedTopics refused, RequestContext context, out int faulty)
    {
        var image = metadata.Current;
        ErrorCode[]? faults = null;
        faulty = 0;
        for (var i = 0; i < partitions.Length; i++)
        {
            var partition = partitions[i].TopicPartition;
            var isRefused = refused.Contains(partition.Topic);
            if (isRefused || image.Partition(partition) is null)
            {
                faults ??= new ErrorCode[partitions.Length];
                faults[i] = isRefused ? RefusalOf(partition.Topic, context)
                    : partition.Topic.Length == 0 ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
                faulty++;
            }
        }

        return faults;
    }

    private FetchResponse Respond(FetchContext session, FetchPartition[] partitions, FetchPartitionResult[] results, RequestContext context)
    {
        var steps = new FetchSessionStep[results.Length];
        var mention = new bool[results.Length];
        for (var i = 0; i < results.Length; i++)
        {
            steps[i] = results[i].ToSessionStep();
        }

        session.Complete(steps, mention);
        var leaders = new CurrentLeaders(metadata.Current, context.ListenerName);
        var topics = new List<FetchResponse.FetchableTopicResponse>();
        var ofTopic = new List<FetchResponse.PartitionData>();
        for (var i = 0; i < results.Length; i++)
        {
            if (!mention[i])
            {
                results[i].Discard();
                continue;
            }

            var id = partitions[i].Id;
            if (topics.Count == 0 || topics[^1].TopicId != id.TopicId || topics[^1].Topic != id.TopicPartition.Topic)
            {
                Close(topics, ofTopic);
                topics.Add(new() { Topic = id.TopicPartition.Topic, TopicId = id.TopicId });
            }

            ofTopic.Add(Answer(partitions[i], results[i], leaders, context));
        }

        Close(topics, ofTopic);
        return new FetchResponse
        {
            ErrorCode = session.Error,
            SessionId = session.SessionId,
            Responses = [.. topics],
            NodeEndpoints = context.ApiVersion >= FirstVersionWithNodeEndpoints ? Endpoints(leaders) : [],
        };
    }

    private static void Close(List<FetchResponse.FetchableTopicResponse> topics, List<FetchResponse.PartitionData> partitions)
    {
        if (topics.Count > 0)
        {
            topics[^1].Partitions = [.. partitions];
            partitions.Clear();
        }
    }

    private FetchResponse.PartitionData Answer(
        in FetchPartition request,
        in FetchPartitionResult result,
        CurrentLeaders leaders,
        RequestContext context)
    {
        var answer = new FetchResponse.PartitionData
        {
            PartitionIndex = request.TopicPartition.Partition,
            ErrorCode = result.Error,
            HighWatermark = result.HighWatermark,
            LastStableOffset = result.LastStableOffset,
            LogStartOffset = result.LogStartOffset,
            AbortedTransactions = Aborted(result.AbortedTransactions),
            PreferredReadReplica = context.ApiVersion >= FirstVersionWithFollowerReads ? result.PreferredReplica : -1,
            Records = result.Records is { } region ? new RecordsPayload(region) : RecordsPayload.Empty,
        };
        if (result.Diverging is { } diverging)
        {
            answer.DivergingEpoch = new() { Epoch = diverging.Epoch.Value, EndOffset = diverging.EndOffset };
        }

        conversion.Convert(request, result, answer, context.ApiVersion);
        if (answer.ErrorCode == ErrorCode.KafkaStorageError && context.ApiVersion < FirstVersionWithStorageError)
        {
            answer.ErrorCode = ErrorCode.NotLeaderOrFollower;
        }

        // The field is there from version 12 on, and filled only where the node can be told with it (KIP-951).
        if (context.ApiVersion >= FirstVersionWithNodeEndpoints
            && answer.ErrorCode is ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch
            && leaders.Find(request.TopicPartition.Topic, request.TopicPartition.Partition) is { } current)
        {
            answer.CurrentLeader = new() { LeaderId = current.Leader, LeaderEpoch = current.LeaderEpoch };
        }

        return answer;
    }

    private static FetchResponse.AbortedTransaction[]? Aborted(IReadOnlyList<AbortedTransaction>? aborted) =>
        aborted is null
            ? null
            : [.. aborted.Select(transaction => new FetchResponse.AbortedTransaction
            {
                ProducerId = transaction.ProducerId,
                FirstOffset = transaction.FirstOffset,
            })];

    private static FetchResponse.NodeEndpoint[] Endpoints(CurrentLeaders leaders) =>
        [.. leaders.Endpoints.Select(node => new FetchResponse.NodeEndpoint
        {
            NodeId = node.Id,
            Host = node.Endpoint.Host,
            Port = node.Endpoint.Port,
            Rack = node.Rack,
        })];

    /// <summary>What a client may not fetch.</summary>
    private readonly record struct RefusedTopics(bool IsEverything, RefusedNames Names)
    {
        public bool Contains(string topic) => IsEverything || Names.Contains(topic);
    }
}
