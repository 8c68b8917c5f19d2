using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Control;

namespace ClassicBroker.Server.Handlers;

/// <summary>ListPartitionReassignments 0: the reassignments under way (KIP-455); the controller's to know.</summary>
public sealed class ListPartitionReassignmentsHandler(ControllerGateway controller)
    : RequestHandler<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>
{
    public override IReadOnlyList<AccessRule> Access { get; } = [AccessRule.Cluster(AclOperation.Describe)];

    public override async ValueTask<ListPartitionReassignmentsResponse?> HandleAsync(
        ListPartitionReassignmentsRequest request, RequestContext context) =>
        controller.Local is { } local
            ? await local.ListPartitionReassignmentsAsync(request)
            : new() { ErrorCode = ErrorCode.NotController };

    /// <summary>The partitions asked for are named, without what is under way.</summary>
    protected override ListPartitionReassignmentsResponse Refuse(
        ListPartitionReassignmentsRequest request, AccessRule rule, RequestContext context) =>
        new()
        {
            ErrorCode = rule.Refusal,
            ErrorMessage = AclRequests.NotAuthorized(Api),
            Topics = [.. (request.Topics ?? []).Select(topic => new ListPartitionReassignmentsResponse.OngoingTopicReassignment
            {
                Name = topic.Name,
                Partitions =
                [
                    .. topic.PartitionIndexes.Select(
                        index => new ListPartitionReassignmentsResponse.OngoingPartitionReassignment { PartitionIndex = index }),
                ],
            })],
        };
}
