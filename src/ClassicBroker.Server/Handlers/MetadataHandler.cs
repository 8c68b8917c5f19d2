using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Topics;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// Metadata 0-12: brokers, controller, and the leaders of topics; creates topics that somebody uses before they exist. Answers from the
/// current image, so that everything in a response belongs together.
/// </summary>
public sealed class MetadataHandler(BrokerIdentity identity, MetadataCache metadata, AutoTopicCreation autoCreation)
    : RequestHandler<MetadataRequest, MetadataResponse>
{
    private const short FirstVersionWithNullForAll = 1;
    private const short FirstVersionWithoutReplicaErrors = 1;
    private const short FirstVersionWithListenerNotFound = 6;
    private const short FirstVersionWithRequestByTopicId = 12;

    public override async ValueTask<MetadataResponse?> HandleAsync(MetadataRequest request, RequestContext context)
    {
        var image = metadata.Current;
        var response = Cluster(image, context);
        if (request.Topics is null || (context.ApiVersion < FirstVersionWithNullForAll && request.Topics.Length == 0))
        {
            response.Topics = new MetadataResponse.MetadataResponseTopic[image.TopicCount];
            var next = 0;
            foreach (var topic in image.Topics)
            {
                response.Topics[next++] = Describe(topic, image, context);
            }

            return response;
        }

        // Each topic once, as in Kafka: a short request that repeats a large topic would otherwise get an answer without bounds.
        MetadataRequest.MetadataRequestTopic[] asked = [.. request.Topics.DistinctBy(topic => (topic.Name, topic.TopicId))];
        response.Topics = new MetadataResponse.MetadataResponseTopic[asked.Length];
        for (var i = 0; i < asked.Length; i++)
        {
            response.Topics[i] = await DescribeAsync(asked[i], request.AllowAutoTopicCreation, image, context);
        }

        return response;
    }

    private MetadataResponse Cluster(MetadataImage image, RequestContext context)
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
        };
    }

    private async ValueTask<MetadataResponse.MetadataResponseTopic> DescribeAsync(
        MetadataRequest.MetadataRequestTopic requested,
        bool mayCreate,
        MetadataImage image,
        RequestContext context)
    {
        if (context.ApiVersion < FirstVersionWithRequestByTopicId && (requested.Name is null || !requested.TopicId.IsZero))
        {
            return new() { Name = requested.Name ?? "", TopicId = requested.TopicId, ErrorCode = ErrorCode.InvalidRequest };
        }

        if (requested.Name is not { } name)
        {
            return image.Topic(requested.TopicId) is { } byId
                ? Describe(byId, image, context)
                : new() { TopicId = requested.TopicId, ErrorCode = ErrorCode.UnknownTopicId };
        }

        if (image.Topic(name) is { } topic)
        {
            return Describe(topic, image, context);
        }

        return new()
        {
            Name = name,
            IsInternal = TopicName.IsInternal(name),
            ErrorCode = mayCreate ? await autoCreation.CreateAsync(name) : Missing(name),
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
