using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Control;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// ElectLeaders 0-2 (KIP-460). The controller elects; the answer waits until this broker's metadata shows the new leaders, or the timeout
/// has passed.
/// </summary>
public sealed class ElectLeadersHandler(ControllerGateway controller, MetadataCache metadata, IEventLoop timers)
    : RequestHandler<ElectLeadersRequest, ElectLeadersResponse>
{
    public override async ValueTask<ElectLeadersResponse?> HandleAsync(ElectLeadersRequest request, RequestContext context)
    {
        if (controller.Local is not { } local)
        {
            return new() { ErrorCode = ErrorCode.NotController };
        }

        var outcome = await local.ElectLeadersAsync(request);
        await metadata.WaitForAsync(
            image => outcome.Elected.All(entry => HasLeader(image, entry.Key, entry.Value)),
            TimeSpan.FromMilliseconds(request.TimeoutMs),
            timers);
        var image = metadata.Current;
        foreach (var topic in outcome.Response.ReplicaElectionResults)
        {
            foreach (var result in topic.PartitionResult)
            {
                var partition = new TopicPartition(topic.Topic, result.PartitionId);
                if (outcome.Elected.TryGetValue(partition, out var leader) && !HasLeader(image, partition, leader))
                {
                    (result.ErrorCode, result.ErrorMessage) = (ErrorCode.RequestTimedOut, "The request timed out.");
                }
            }
        }

        return outcome.Response;
    }

    private static bool HasLeader(MetadataImage image, TopicPartition partition, int leader) =>
        image.Partition(partition)?.Leader == leader;
}
