using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Control;

namespace ClassicBroker.Server.Handlers;

/// <summary>CreatePartitions 0-3. Writes the grown assignment and waits until the metadata shows it, or the timeout has passed.</summary>
public sealed class CreatePartitionsHandler(ControllerGateway controller, AdminOperations admin, MetadataCache metadata, IEventLoop timers)
    : RequestHandler<CreatePartitionsRequest, CreatePartitionsResponse>
{
    public override async ValueTask<CreatePartitionsResponse?> HandleAsync(CreatePartitionsRequest request, RequestContext context)
    {
        var response = new CreatePartitionsResponse
        {
            Results = [.. request.Topics.Select(topic => topic.Name).Distinct().Select(
                name => new CreatePartitionsResponse.CreatePartitionsTopicResult { Name = name })],
        };
        foreach (var result in response.Results)
        {
            var asked = request.Topics.Where(topic => topic.Name == result.Name).ToList();
            if (await FaultAsync(asked, request.ValidateOnly) is { } refusal)
            {
                (result.ErrorCode, result.ErrorMessage) = (refusal.Error, refusal.Message);
            }
        }

        if (!request.ValidateOnly)
        {
            await AwaitPartitionsAsync(request, response);
        }

        return response;
    }

    private async Task<AdminRefusal?> FaultAsync(List<CreatePartitionsRequest.CreatePartitionsTopic> asked, bool validateOnly) =>
        !controller.IsActive ? new(ErrorCode.NotController, "This is not the correct controller for this cluster.")
        : asked.Count > 1 ? new(ErrorCode.InvalidRequest, "Duplicate topic in request.")
        : await admin.CreatePartitionsAsync(asked[0], metadata.Current, validateOnly);

    private async Task AwaitPartitionsAsync(CreatePartitionsRequest request, CreatePartitionsResponse response)
    {
        var grown = response.Results.Where(result => result.ErrorCode == ErrorCode.None).ToList();
        if (grown.Count == 0)
        {
            return;
        }

        await metadata.WaitForAsync(
            image => grown.All(result => HasLeaders(image, result.Name, request)),
            TimeSpan.FromMilliseconds(request.TimeoutMs),
            timers);
        var image = metadata.Current;
        foreach (var result in grown.Where(result => !HasLeaders(image, result.Name, request)))
        {
            result.ErrorCode = ErrorCode.RequestTimedOut;
        }
    }

    private static bool HasLeaders(MetadataImage image, string name, CreatePartitionsRequest request)
    {
        var count = request.Topics.First(topic => topic.Name == name).Count;
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
