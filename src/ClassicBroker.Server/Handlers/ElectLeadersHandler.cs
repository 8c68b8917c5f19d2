using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Control;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// ElectLeaders 0-2 (KIP-460). The controller elects; the answer waits until this broker's metadata shows the new leaders, or the timeout
/// has passed.
/// </summary>
public sealed class ElectLeadersHandler(ControllerGateway controller, MetadataCache metadata, IEventLoop timers)
    : RequestHandler<ElectLeadersRequest, ElectLeadersResponse>
{
    private const sbyte Preferred = 0;
    private const sbyte Unclean = 1;

    public override IReadOnlyList<AccessRule> Access { get; } = [AccessRule.Cluster(AclOperation.Alter)];

    public override async ValueTask<ElectLeadersResponse?> HandleAsync(ElectLeadersRequest request, RequestContext context)
    {
        if (request.ElectionType is not (Preferred or Unclean))
        {
            return Refuse(request.TopicPartitions ?? [], ErrorCode.UnknownServerError, topLevel: ErrorCode.UnknownServerError);
        }

        if (!controller.IsActive || controller.Local is not { } local)
        {
            return Refuse(request.TopicPartitions ?? All(metadata.Current), ErrorCode.NotController, topLevel: ErrorCode.None);
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

    private static ElectLeadersRequest.ElectLeadersTopic[] All(MetadataImage image)
    {
        var all = new List<ElectLeadersRequest.ElectLeadersTopic>();
        foreach (var topic in image.Topics)
        {
            all.Add(new() { Topic = topic.Name, Partitions = [.. topic.Partitions.ToArray().Select(partition => partition.Partition)] });
        }

        return [.. all];
    }

    /// <summary>The same for every partition, without a sentence.</summary>
    private static ElectLeadersResponse Refuse(ElectLeadersRequest.ElectLeadersTopic[] topics, ErrorCode error, ErrorCode topLevel) =>
        new()
        {
            ErrorCode = topLevel,
            ReplicaElectionResults = [.. topics.Select(topic => new ElectLeadersResponse.ReplicaElectionResult
            {
                Topic = topic.Topic,
                PartitionResult = [.. topic.Partitions.Select(partition => new ElectLeadersResponse.PartitionResult
                {
                    PartitionId = partition,
                    ErrorCode = error,
                    ErrorMessage = null,
                })],
            })],
        };

    private static bool HasLeader(MetadataImage image, TopicPartition partition, int leader) =>
        image.Partition(partition)?.Leader == leader;
}
