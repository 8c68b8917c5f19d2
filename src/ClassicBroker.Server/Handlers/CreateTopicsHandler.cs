using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Control;

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
    IEventLoop timers)
    : RequestHandler<CreateTopicsRequest, CreateTopicsResponse>
{
    public override async ValueTask<CreateTopicsResponse?> HandleAsync(CreateTopicsRequest request, RequestContext context)
    {
        var asked = request.Topics.ToLookup(topic => topic.Name, StringComparer.Ordinal);
        var response = new CreateTopicsResponse
        {
            Topics = [.. asked.Select(topic => new CreateTopicsResponse.CreatableTopicResult { Name = topic.Key, ErrorMessage = null })],
        };
        foreach (var result in response.Topics)
        {
            await CreateAsync([.. asked[result.Name]], result, request.ValidateOnly);
        }

        if (!request.ValidateOnly)
        {
            await AwaitLeadersAsync(response, request.TimeoutMs);
        }

        return response;
    }

    private async Task CreateAsync(
        List<CreateTopicsRequest.CreatableTopic> asked,
        CreateTopicsResponse.CreatableTopicResult result,
        bool validateOnly)
    {
        if (!controller.IsActive)
        {
            Refuse(result, new AdminRefusal(ErrorCode.NotController, "This is not the correct controller for this cluster."));
            return;
        }

        if (asked.Count > 1)
        {
            Refuse(
                result,
                new AdminRefusal(
                    ErrorCode.InvalidRequest, $"Create topics request from client contains multiple entries for topic {result.Name}"));
            return;
        }

        var (created, refusal) = await admin.CreateTopicAsync(asked[0], metadata.Current, validateOnly);
        if (created is null)
        {
            Refuse(result, refusal!);
            return;
        }

        result.TopicId = created.TopicId;
        result.NumPartitions = created.Partitions.Count;
        result.ReplicationFactor = (short)created.ReplicationFactor;
        result.Configs = descriptions.OfNewTopic(asked[0].Configs);
    }

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
        foreach (var topic in created.Where(topic => !HasLeaders(image, topic)))
        {
            topic.ErrorCode = ErrorCode.RequestTimedOut;
            topic.ErrorMessage = "The request timed out.";
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

    private static void Refuse(CreateTopicsResponse.CreatableTopicResult result, AdminRefusal refusal) =>
        (result.ErrorCode, result.ErrorMessage) = (refusal.Error, refusal.Message);
}
