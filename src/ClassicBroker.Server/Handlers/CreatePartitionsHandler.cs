using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Control;
using ClassicBroker.Server.Quotas;

namespace ClassicBroker.Server.Handlers;

/// <summary>CreatePartitions 0-3. Writes the grown assignment and waits until the metadata shows it, or the timeout has passed.</summary>
public sealed class CreatePartitionsHandler(
    ControllerGateway controller, AdminOperations admin, MetadataCache metadata, QuotaEnforcement quotas, IEventLoop timers)
    : RequestHandler<CreatePartitionsRequest, CreatePartitionsResponse>
{
    private const short FirstVersionWithStrictQuota = 3;

    private static readonly AccessRule AlterTopic = AccessRule.Each(AclOperation.Alter, AclResourceType.Topic);

    public override IReadOnlyList<AccessRule> Access { get; } = [AlterTopic];

    public override async ValueTask<CreatePartitionsResponse?> HandleAsync(CreatePartitionsRequest request, RequestContext context)
    {
        var asked = request.Topics.ToLookup(topic => topic.Name, StringComparer.Ordinal);
        var response = new CreatePartitionsResponse
        {
            Results = [.. asked.Select(topic => new CreatePartitionsResponse.CreatePartitionsTopicResult { Name = topic.Key })],
        };
        var refused = context.RefusedOf(AlterTopic, asked.Select(topic => topic.Key));
        var grown = new List<(CreatePartitionsResponse.CreatePartitionsTopicResult Result, int Count)>();
        foreach (var result in response.Results)
        {
            var refusal = await ContainAsync(
                context, () => FaultAsync([.. asked[result.Name]], refused, request.ValidateOnly, context), AdminRefusal.OfController);
            if (refusal is not null)
            {
                (result.ErrorCode, result.ErrorMessage) = (refusal.Error, refusal.Message);
            }
            else
            {
                grown.Add((result, asked[result.Name].First().Count));
            }
        }

        if (!request.ValidateOnly)
        {
            await AwaitPartitionsAsync(grown, request.TimeoutMs);
        }

        return response;
    }

    private async Task<AdminRefusal?> FaultAsync(
        List<CreatePartitionsRequest.CreatePartitionsTopic> asked, RefusedNames refused, bool validateOnly, RequestContext context) =>
        !controller.IsActive ? new(ErrorCode.NotController, "This is not the correct controller for this cluster.")
        : asked.Count > 1 ? new(ErrorCode.InvalidRequest, "Duplicate topic in request.")
        : refused.Contains(asked[0].Name) ? new(AlterTopic.Refusal, "The topic authorization is failed.")
        : !validateOnly && quotas.LimitsMutations(context) && await FaultOfQuotaAsync(asked[0], context) is { } fault ? fault
        : await admin.CreatePartitionsAsync(asked[0], metadata.Current, validateOnly);

    /// <summary>Only what could be done is counted.</summary>
    private async Task<AdminRefusal?> FaultOfQuotaAsync(CreatePartitionsRequest.CreatePartitionsTopic topic, RequestContext context)
    {
        var image = metadata.Current;
        return await admin.CreatePartitionsAsync(topic, image, validateOnly: true) is { } impossible ? impossible
            : quotas.MayMutate(
                context, topic.Count - (image.Topic(topic.Name)?.Partitions.Length ?? 0), FirstVersionWithStrictQuota) ? null
            : MutationRefusal.Exceeded;
    }

    private async Task AwaitPartitionsAsync(
        List<(CreatePartitionsResponse.CreatePartitionsTopicResult Result, int Count)> grown, int timeoutMs)
    {
        if (grown.Count == 0)
        {
            return;
        }

        await metadata.WaitForAsync(
            image => grown.TrueForAll(topic => HasLeaders(image, topic.Result.Name, topic.Count)),
            TimeSpan.FromMilliseconds(timeoutMs),
            timers);
        var image = metadata.Current;
        foreach (var (result, _) in grown.Where(topic => timeoutMs <= 0 || !HasLeaders(image, topic.Result.Name, topic.Count)))
        {
            result.ErrorCode = ErrorCode.RequestTimedOut;
        }
    }

    private static bool HasLeaders(MetadataImage image, string name, int count)
    {
        for (var partition = 0; partition < count; partition++)
        {
            if (image.Partition(name, partition) is not { } known || !image.IsAlive(known.Leader))
            {
                return false;
            }
        }

        return true;
    }
}
