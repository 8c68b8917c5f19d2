using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Topics;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// Metadata 0-12: brokers, controller, and the leaders of topics; creates topics that somebody uses before they exist. Answers from the
/// current image, so that everything in a response belongs together.
/// </summary>
public sealed class MetadataHandler(BrokerIdentity identity, MetadataCache metadata, AutoTopicCreation autoCreation, IEventLoop timers)
    : RequestHandler<MetadataRequest, MetadataResponse>
{
    private const short FirstVersionWithNullForAll = 1;
    private const short FirstVersionWithoutReplicaErrors = 1;
    private const short FirstVersionWithListenerNotFound = 6;
    private const short FirstVersionWithRequestByTopicId = 12;

    /// <summary>How long a request waits for the controller's first word, without which no topic would seem to exist.</summary>
    private static readonly TimeSpan FirstImagePatience = TimeSpan.FromSeconds(5);

    private static readonly AccessRule DescribeTopic = AccessRule.Each(AclOperation.Describe, AclResourceType.Topic);

    private static readonly AccessRule ListTopic = AccessRule.Visible(AclOperation.Describe, AclResourceType.Topic);

    private static readonly AccessRule CreateOnCluster = AccessRule.Shortcut(AclOperation.Create, AclResourceType.Cluster);

    private static readonly AccessRule CreateTopic = AccessRule.Each(AclOperation.Create, AclResourceType.Topic);

    public override IReadOnlyList<AccessRule> Access { get; } = [DescribeTopic, ListTopic, CreateOnCluster, CreateTopic];

    public override async ValueTask<MetadataResponse?> HandleAsync(MetadataRequest request, RequestContext context)
    {
        if (context.ApiVersion < FirstVersionWithRequestByTopicId && request.Topics?.Any(IsWithoutName) == true)
        {
            return Refuse(request.Topics);
        }

        await metadata.WaitForAsync(static image => image.Brokers.Length > 0, FirstImagePatience, timers);
        var image = metadata.Current;
        var response = Cluster(image, request, context);
        if (image.Brokers.Length == 0 && request.Topics is not null)
        {
            response.Topics = NotYetKnown(request.Topics);
        }
        else if (request.Topics is null || (context.ApiVersion < FirstVersionWithNullForAll && request.Topics.Length == 0))
        {
            response.Topics = All(image, context);
        }
        else if (request.Topics.Any(topic => !topic.TopicId.IsZero))
        {
            response.Topics = ById(request.Topics, image, context);
        }
        else
        {
            response.Topics = await ByNameAsync(request, image, context);
        }

        if (request.IncludeTopicAuthorizedOperations)
        {
            foreach (var topic in response.Topics.Where(
                topic => topic.ErrorCode is not (ErrorCode.UnknownTopicId or ErrorCode.TopicAuthorizationFailed)))
            {
                topic.TopicAuthorizedOperations = AuthorizedOperations.OfTopic(context, topic.Name!);
            }
        }

        return response;
    }

    private static MetadataResponse.MetadataResponseTopic[] All(MetadataImage image, RequestContext context)
    {
        var topics = new List<MetadataResponse.MetadataResponseTopic>(image.TopicCount);
        foreach (var topic in image.Topics)
        {
            if (context.Allows(ListTopic, topic.Name))
            {
                topics.Add(Describe(topic, image, context));
            }
        }

        return [.. topics];
    }

    private static bool IsWithoutName(MetadataRequest.MetadataRequestTopic topic) => topic.Name is null || !topic.TopicId.IsZero;

    /// <summary>Versions 10 and 11 carry ids that nothing may be asked by, and nullable names that must not be null.</summary>
    private static MetadataResponse Refuse(MetadataRequest.MetadataRequestTopic[] topics) =>
        new()
        {
            Topics = [.. topics.Select(topic => new MetadataResponse.MetadataResponseTopic
            {
                Name = topic.Name ?? "",
                TopicId = topic.TopicId,
                ErrorCode = ErrorCode.InvalidRequest,
            })],
        };

    /// <summary>
    /// While the controller has said nothing, a topic that is not known may exist: the client is to ask again, and nothing is created.
    /// </summary>
    private static MetadataResponse.MetadataResponseTopic[] NotYetKnown(MetadataRequest.MetadataRequestTopic[] topics) =>
    [
        .. topics.Select(topic => (topic.Name, topic.TopicId)).Distinct().Select(topic => new MetadataResponse.MetadataResponseTopic
        {
            Name = topic.Name,
            TopicId = topic.TopicId,
            ErrorCode = ErrorCode.LeaderNotAvailable,
        }),
    ];

    /// <summary>
    /// One id is enough for the names beside the ids to count for nothing; unknown ids come first. The id of a topic that the client may
    /// not see is as unknown as any other: topics cannot be found by trying ids.
    /// </summary>
    private static MetadataResponse.MetadataResponseTopic[] ById(
        MetadataRequest.MetadataRequestTopic[] topics, MetadataImage image, RequestContext context)
    {
        Uuid[] ids = [.. topics.Select(topic => topic.TopicId).Where(id => !id.IsZero).Distinct()];
        return
        [
            .. ids.Where(id => image.Topic(id) is null).Select(id => new MetadataResponse.MetadataResponseTopic
            {
                Name = null,
                TopicId = id,
                ErrorCode = ErrorCode.UnknownTopicId,
            }),
            .. ids.Select(image.Topic).OfType<TopicImage>().Select(topic => context.Allows(DescribeTopic, topic.Name)
                ? Describe(topic, image, context)
                : new() { Name = null, TopicId = topic.Id, ErrorCode = ErrorCode.UnknownTopicId }),
        ];
    }

    /// <summary>
    /// Each topic once, as in Kafka: a short request that repeats a large topic would otherwise get an answer without bounds.
    /// </summary>
    private async ValueTask<MetadataResponse.MetadataResponseTopic[]> ByNameAsync(
        MetadataRequest request, MetadataImage image, RequestContext context)
    {
        string[] names = [.. request.Topics!.Select(topic => topic.Name ?? "").Distinct(StringComparer.Ordinal)];
        var topics = new MetadataResponse.MetadataResponseTopic[names.Length];
        var load = new LeadershipLoad(image);
        for (var i = 0; i < names.Length; i++)
        {
            topics[i] = await DescribeAsync(names[i], request.AllowAutoTopicCreation && autoCreation.IsEnabled, image, load, context);
        }

        return topics;
    }

    private MetadataResponse Cluster(MetadataImage image, MetadataRequest request, RequestContext context)
    {
        var brokers = new List<MetadataResponse.MetadataResponseBroker>(image.Brokers.Length);
        foreach (var broker in image.Brokers)
        {
            if (broker.Endpoint(context.ListenerName) is { } endpoint)
            {
                brokers.Add(new()
                {
                    NodeId = broker.Id,
                    Host = endpoint.Host,
                    Port = endpoint.Port,
                    Rack = broker.Rack,
                });
            }
        }

        return new MetadataResponse
        {
            Brokers = [.. brokers],
            ClusterId = identity.ClusterId,
            ControllerId = image.IsAlive(image.ControllerId) ? image.ControllerId : MetadataImage.NoController,
            ClusterAuthorizedOperations =
                request.IncludeClusterAuthorizedOperations ? AuthorizedOperations.OfCluster(context) : AuthorizedOperations.NotAsked,
        };
    }

    private async ValueTask<MetadataResponse.MetadataResponseTopic> DescribeAsync(
        string name,
        bool mayCreate,
        MetadataImage image,
        LeadershipLoad load,
        RequestContext context)
    {
        if (!context.Allows(DescribeTopic, name))
        {
            return new() { Name = name, ErrorCode = DescribeTopic.Refusal };
        }

        if (image.Topic(name) is { } topic)
        {
            return Describe(topic, image, context);
        }

        if (mayCreate && !context.Allows(CreateOnCluster) && !context.Allows(CreateTopic, name))
        {
            return new() { Name = name, ErrorCode = CreateTopic.Refusal };
        }

        return new()
        {
            Name = name,
            IsInternal = TopicName.IsInternal(name),
            ErrorCode = mayCreate ? await autoCreation.CreateAsync(name, load, context) : Missing(name),
        };
    }

    private static ErrorCode Missing(string name) =>
        TopicName.Fault(name) is null ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidTopicException;

    private static MetadataResponse.MetadataResponseTopic Describe(TopicImage topic, MetadataImage image, RequestContext context)
    {
        var partitions = new MetadataResponse.MetadataResponsePartition[topic.Partitions.Length];
        for (var i = 0; i < partitions.Length; i++)
        {
            partitions[i] = Describe(topic.Partitions[i], image, context);
        }

        return new()
        {
            Name = topic.Name,
            TopicId = topic.Id,
            IsInternal = TopicName.IsInternal(topic.Name),
            Partitions = partitions,
        };
    }

    private static MetadataResponse.MetadataResponsePartition Describe(
        PartitionImage partition, MetadataImage image, RequestContext context)
    {
        var onlyReachable = context.ApiVersion < FirstVersionWithoutReplicaErrors;
        var replicas = onlyReachable ? Reachable(partition.Replicas, image, context.ListenerName) : partition.Replicas;
        var isr = onlyReachable ? Reachable(partition.Isr, image, context.ListenerName) : partition.Isr;
        var leader = image.Broker(partition.Leader);
        var isLeaderReachable = leader?.Endpoint(context.ListenerName) is not null;
        return new()
        {
            PartitionIndex = partition.Partition,
            LeaderId = isLeaderReachable ? partition.Leader : LeaderAndIsr.NoLeader,
            LeaderEpoch = partition.LeaderEpoch,
            ReplicaNodes = replicas,
            IsrNodes = isr,
            OfflineReplicas = partition.OfflineReplicas,
            ErrorCode = isLeaderReachable
                ? replicas.Length < partition.Replicas.Length || isr.Length < partition.Isr.Length
                    ? ErrorCode.ReplicaNotAvailable
                    : ErrorCode.None
                : leader is not null && context.ApiVersion >= FirstVersionWithListenerNotFound
                    ? ErrorCode.ListenerNotFound
                    : ErrorCode.LeaderNotAvailable,
        };
    }

    private static int[] Reachable(int[] brokers, MetadataImage image, string listener) =>
        Array.FindAll(brokers, id => image.Broker(id)?.Endpoint(listener) is not null);
}
