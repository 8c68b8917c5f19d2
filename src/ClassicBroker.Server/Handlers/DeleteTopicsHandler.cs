using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Control;

namespace ClassicBroker.Server.Handlers;

/// <summary>DeleteTopics 0-6. Marks the topics and waits until the metadata shows them gone, or the timeout has passed.</summary>
public sealed class DeleteTopicsHandler(
    ControllerGateway controller,
    AdminOperations admin,
    MetadataCache metadata,
    DynamicBrokerConfig config,
    IEventLoop timers)
    : RequestHandler<DeleteTopicsRequest, DeleteTopicsResponse>
{
    private const short FirstVersionWithTopicIds = 6;
    private const short FirstVersionWithDeletionDisabled = 3;

    public override async ValueTask<DeleteTopicsResponse?> HandleAsync(DeleteTopicsRequest request, RequestContext context)
    {
        var response = new DeleteTopicsResponse { Responses = [.. Results(request, context.ApiVersion)] };
        foreach (var result in response.Responses.Where(result => result.ErrorCode == ErrorCode.None))
        {
            result.ErrorCode = Fault(context.ApiVersion) ?? await admin.DeleteTopicAsync(result.Name!);
        }

        await AwaitDeletionAsync(response, request.TimeoutMs);
        return response;
    }

    private ErrorCode? Fault(short version) =>
        !controller.IsActive ? ErrorCode.NotController
        : config.Current.DeleteTopicEnable ? null
        : version < FirstVersionWithDeletionDisabled ? ErrorCode.InvalidRequest
        : ErrorCode.TopicDeletionDisabled;

    private IEnumerable<DeleteTopicsResponse.DeletableTopicResult> Results(DeleteTopicsRequest request, short version)
    {
        if (version < FirstVersionWithTopicIds)
        {
            foreach (var name in request.TopicNames.Distinct())
            {
                yield return new() { Name = name };
            }

            yield break;
        }

        var image = metadata.Current;
        foreach (var topic in request.Topics)
        {
            yield return Result(topic, image);
        }
    }

    private static DeleteTopicsResponse.DeletableTopicResult Result(DeleteTopicsRequest.DeleteTopicState topic, MetadataImage image)
    {
        if (topic.Name is { } name)
        {
            return topic.TopicId.IsZero
                ? new() { Name = name, TopicId = image.Topic(name)?.Id ?? Uuid.Zero }
                : new()
                {
                    Name = name,
                    ErrorCode = ErrorCode.InvalidRequest,
                    ErrorMessage = "Topic name and topic ID can not both be specified.",
                };
        }

        return image.Topic(topic.TopicId) is { } known
            ? new() { Name = known.Name, TopicId = known.Id }
            : new() { TopicId = topic.TopicId, ErrorCode = ErrorCode.UnknownTopicId };
    }

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
        foreach (var result in marked.Where(result => image.Contains(result.Name!)))
        {
            result.ErrorCode = ErrorCode.RequestTimedOut;
        }
    }
}
