using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Control;
using ClassicBroker.Server.Quotas;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// CreateTopics 0-7. The active controller writes the znodes and waits until every partition of the new topics has a leader, or the
/// timeout has passed.
/// </summary>
public sealed class CreateTopicsHandler(
    ControllerGateway controller,
    AdminOperations admin,
    MetadataCache metadata,
    ConfigDescriptions descriptions,
    QuotaEnforcement quotas,
    IEventLoop timers)
    : RequestHandler<CreateTopicsRequest, CreateTopicsResponse>
{
    private const short FirstVersionWithStrictQuota = 6;

    private static readonly AccessRule CreateOnCluster = AccessRule.Shortcut(AclOperation.Create, AclResourceType.Cluster);

    private static readonly AccessRule CreateTopic = AccessRule.Each(AclOperation.Create, AclResourceType.Topic);

    private static readonly AccessRule DescribeTopicConfigs = AccessRule.Visible(AclOperation.DescribeConfigs, AclResourceType.Topic);

    public override IReadOnlyList<AccessRule> Access { get; } = [CreateOnCluster, CreateTopic, DescribeTopicConfigs];

    public override async ValueTask<CreateTopicsResponse?> HandleAsync(CreateTopicsRequest request, RequestContext context)
    {
        var timesAsked = request.Topics.CountBy(topic => topic.Name, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        var response = new CreateTopicsResponse { Topics = [.. request.Topics.Select(Unanswered)] };
        var refused = context.Allows(CreateOnCluster)
            ? default
            : context.RefusedOf(CreateTopic, request.Topics.Select(topic => topic.Name));
        var hidden = context.RefusedOf(DescribeTopicConfigs, request.Topics.Select(topic => topic.Name));
        var load = new LeadershipLoad(metadata.Current);
        foreach (var (topic, result) in request.Topics.Zip(response.Topics))
        {
            var refusal = refused.Contains(topic.Name) && controller.IsActive && topic.Name != TopicName.ClusterMetadata
                ? new(CreateTopic.Refusal, "Authorization failed.")
                : await ContainAsync(
                    context,
                    () => CreateAsync(topic, result, load, timesAsked[topic.Name] > 1, request.ValidateOnly, context),
                    AdminRefusal.OfController);
            if (refusal is not null)
            {
                (result.ErrorCode, result.ErrorMessage) = (refusal.Error, refusal.Message);
            }

            if (hidden.Contains(topic.Name))
            {
                (result.NumPartitions, result.ReplicationFactor, result.Configs) = (-1, -1, []);
                result.TopicConfigErrorCode = DescribeTopicConfigs.Refusal;
            }
        }

        if (!request.ValidateOnly)
        {
            await AwaitLeadersAsync(response, request.TimeoutMs);
        }

        return response;
    }

    private static CreateTopicsResponse.CreatableTopicResult Unanswered(CreateTopicsRequest.CreatableTopic topic) =>
        new() { Name = topic.Name, ErrorMessage = null };

    /// <summary>Null where the topic is made, or could be.</summary>
    private async Task<AdminRefusal?> CreateAsync(
        CreateTopicsRequest.CreatableTopic topic,
        CreateTopicsResponse.CreatableTopicResult result,
        LeadershipLoad load,
        bool isRepeated,
        bool validateOnly,
        RequestContext context)
    {
        if (FaultOf(topic.Name, isRepeated) is { } fault)
        {
            return fault;
        }

        if (!validateOnly && quotas.LimitsMutations(context))
        {
            var (possible, impossible) = await admin.CreateTopicAsync(topic, metadata.Current, load, validateOnly: true);
            if (possible is null)
            {
                return impossible;
            }

            if (!quotas.MayMutate(context, possible.Partitions.Count, FirstVersionWithStrictQuota))
            {
                return MutationRefusal.Exceeded;
            }
        }

        var (created, refusal) = await admin.CreateTopicAsync(topic, metadata.Current, load, validateOnly);
        if (created is null)
        {
            return refusal;
        }

        result.TopicId = validateOnly ? Uuid.Zero : created.TopicId;
        result.NumPartitions = created.Partitions.Count;
        result.ReplicationFactor = (short)created.ReplicationFactor;
        result.Configs = descriptions.OfNewTopic(topic.Configs);
        return null;
    }

    private AdminRefusal? FaultOf(string topic, bool isRepeated) =>
        !controller.IsActive ? new(ErrorCode.NotController, "")
        : isRepeated ? new(ErrorCode.InvalidRequest, "Found multiple entries for this topic.")
        : topic == TopicName.ClusterMetadata
            ? new(ErrorCode.InvalidRequest, $"Creation of internal topic {TopicName.ClusterMetadata} is prohibited.")
        : null;

    private async Task AwaitLeadersAsync(CreateTopicsResponse response, int timeoutMs)
    {
        var created = response.Topics.Where(topic => topic.ErrorCode == ErrorCode.None).ToList();
        if (created.Count == 0)
        {
            return;
        }

        await metadata.WaitForAsync(
            image => created.All(topic => HasLeaders(image, topic)),
            TimeSpan.FromMilliseconds(timeoutMs),
            timers);
        var image = metadata.Current;
        foreach (var topic in created.Where(topic => timeoutMs <= 0 || !HasLeaders(image, topic)))
        {
            // The topic is there, or will be: it keeps its id.
            topic.ErrorCode = ErrorCode.RequestTimedOut;
            (topic.NumPartitions, topic.ReplicationFactor, topic.Configs) = (-1, -1, []);
        }
    }

    private static bool HasLeaders(MetadataImage image, CreateTopicsResponse.CreatableTopicResult topic)
    {
        if (image.Topic(topic.Name) is not { } known || known.Partitions.Length < topic.NumPartitions)
        {
            return false;
        }

        foreach (var partition in known.Partitions)
        {
            if (!image.IsAlive(partition.Leader))
            {
                return false;
            }
        }

        return true;
    }
}
