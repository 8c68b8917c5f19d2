using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Control;

namespace ClassicBroker.Server.Handlers;

/// <summary>AlterPartitionReassignments 0: begins, replaces and cancels reassignments (KIP-455); the controller's to do.</summary>
public sealed class AlterPartitionReassignmentsHandler(ControllerGateway controller)
    : RequestHandler<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>
{
    public override IReadOnlyList<AccessRule> Access { get; } = [AccessRule.Cluster(AclOperation.Alter)];

    public override async ValueTask<AlterPartitionReassignmentsResponse?> HandleAsync(
        AlterPartitionReassignmentsRequest request, RequestContext context) =>
        controller.Local is { } local
            ? await local.AlterPartitionReassignmentsAsync(request)
            : new() { ErrorCode = ErrorCode.NotController, ErrorMessage = "This is not the correct controller for this cluster." };

    /// <summary>Told at the top and for each partition.</summary>
    protected override AlterPartitionReassignmentsResponse Refuse(
        AlterPartitionReassignmentsRequest request, AccessRule rule, RequestContext context) =>
        new()
        {
            ErrorCode = rule.Refusal,
            ErrorMessage = AclRequests.NotAuthorized(Api),
            Responses = [.. request.Topics.Select(topic => new AlterPartitionReassignmentsResponse.ReassignableTopicResponse
            {
                Name = topic.Name,
                Partitions =
                [
                    .. topic.Partitions.Select(partition => new AlterPartitionReassignmentsResponse.ReassignablePartitionResponse
                    {
                        PartitionIndex = partition.PartitionIndex,
                        ErrorCode = rule.Refusal,
                        ErrorMessage = AclRequests.NotAuthorized(Api),
                    }),
                ],
            })],
        };
}
