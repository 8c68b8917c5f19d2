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

/// <summary>DeleteTopics 0-6. Marks the topics and waits until the metadata shows them gone, or the timeout has passed.</summary>
public sealed class DeleteTopicsHandler(
    ControllerGateway controller,
    AdminOperations admin,
    MetadataCache metadata,
    DynamicBrokerConfig config,
    QuotaEnforcement quotas,
    IEventLoop timers)
    : RequestHandler<DeleteTopicsRequest, DeleteTopicsResponse>
{
    private const short FirstVersionWithTopicIds = 6;
    private const short FirstVersionWithDeletionDisabled = 3;
    private const short FirstVersionWithStrictQuota = 5;

    private static readonly AccessRule DescribeTopic = AccessRule.Each(AclOperation.Describe, AclResourceType.Topic);

    private static readonly AccessRule DeleteTopic = AccessRule.Each(AclOperation.Delete, AclResourceType.Topic);

    public override IReadOnlyList<AccessRule> Access { get; } = [DescribeTopic, DeleteTopic];

    public override async ValueTask<DeleteTopicsResponse?> HandleAsync(DeleteTopicsRequest request, RequestContext context)
    {
        if (context.ApiVersion >= FirstVersionWithTopicIds && request.Topics.Any(topic => topic.Name is not null && !topic.TopicId.IsZero))
        {
            return Refuse(request.Topics);
        }

        var response = new DeleteTopicsResponse { Responses = [.. Results(request, context)] };
        foreach (var result in response.Responses.Where(result => result.ErrorCode == ErrorCode.None))
        {
            result.ErrorCode = quotas.MayMutate(
                context, metadata.Current.Topic(result.Name!)?.Partitions.Length ?? 0, FirstVersionWithStrictQuota)
                ? await ContainAsync(
                    context, () => admin.DeleteTopicAsync(result.Name!), failure => AdminRefusal.OfController(failure).Error)
                : ErrorCode.ThrottlingQuotaExceeded;
        }

        await AwaitDeletionAsync(response, request.TimeoutMs);
        return response;
    }

    private ErrorCode? Fault(short version) =>
        !controller.IsActive ? ErrorCode.NotController
        : config.Current.DeleteTopicEnable ? null
        : version < FirstVersionWithDeletionDisabled ? ErrorCode.InvalidRequest
        : ErrorCode.TopicDeletionDisabled;

    private IEnumerable<DeleteTopicsResponse.DeletableTopicResult> Results(DeleteTopicsRequest request, RequestContext context)
    {
        if (context.ApiVersion < FirstVersionWithTopicIds)
        {
            foreach (var name in request.TopicNames)
            {
                yield return Result(name, Uuid.Zero, context);
            }

            yield break;
        }

        foreach (var topic in request.Topics)
        {
            yield return Result(topic.Name, topic.TopicId, context);
        }
    }

    /// <summary>The topic that is meant, and what keeps it from being deleted; what was given by name is answered without an id.</summary>
    private DeleteTopicsResponse.DeletableTopicResult Result(string? name, Uuid id, RequestContext context)
    {
        if (Fault(context.ApiVersion) is { } fault)
        {
            return new() { Name = name, TopicId = id, ErrorCode = fault };
        }

        var image = metadata.Current;
        var meant = id.IsZero ? name : image.Topic(id)?.Name;
        var isHidden = meant is not null && !context.Allows(DescribeTopic, meant);
        if (isHidden || (meant is not null && !context.Allows(DeleteTopic, meant)))
        {
            // A name that was not given is not given away, nor that an id belongs to a topic which the client may not see.
            var error = isHidden && !id.IsZero ? ErrorCode.UnknownTopicId : DeleteTopic.Refusal;
            return new() { Name = id.IsZero ? name : null, TopicId = id, ErrorCode = error };
        }

        return new()
        {
            Name = meant,
            TopicId = id,
            ErrorCode = meant is not null
                ? image.Contains(meant) ? ErrorCode.None : ErrorCode.UnknownTopicOrPartition
                : id.IsZero ? ErrorCode.TopicAuthorizationFailed : ErrorCode.UnknownTopicId,
        };
    }

    private static DeleteTopicsResponse Refuse(DeleteTopicsRequest.DeleteTopicState[] topics) =>
        new()
        {
            Responses = [.. topics.Select(topic => new DeleteTopicsResponse.DeletableTopicResult
            {
                Name = topic.Name,
                TopicId = topic.TopicId,
                ErrorCode = ErrorCode.InvalidRequest,
                ErrorMessage = "Topic name and topic ID can not both be specified.",
            })],
        };

    private async Task AwaitDeletionAsync(DeleteTopicsResponse response, int timeoutMs)
    {
        var marked = response.Responses.Where(result => result.ErrorCode == ErrorCode.None).ToList();
        if (marked.Count == 0)
        {
            return;
        }

        await metadata.WaitForAsync(
            image => marked.All(result => !image.Contains(result.Name!)),
            TimeSpan.FromMilliseconds(timeoutMs),
            timers);
        var image = metadata.Current;
        foreach (var result in marked.Where(result => timeoutMs <= 0 || image.Contains(result.Name!)))
        {
            result.ErrorCode = ErrorCode.RequestTimedOut;
        }
    }
}
