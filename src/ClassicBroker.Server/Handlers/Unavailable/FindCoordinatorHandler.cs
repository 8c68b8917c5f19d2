using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Server.Handlers.Unavailable;

/// <summary>FindCoordinator 0-6: no broker of this build coordinates groups or transactions; clients go on asking.</summary>
public sealed class FindCoordinatorHandler()
    : RefusingHandler<FindCoordinatorRequest, FindCoordinatorResponse>(ErrorCode.CoordinatorNotAvailable)
{
    private const short FirstVersionWithBatches = 4;
    private const int NoNode = -1;

    protected override FindCoordinatorResponse ErrorResponse(FindCoordinatorRequest request, ErrorCode error, short version) =>
        version < FirstVersionWithBatches
            ? new() { ErrorCode = error, ErrorMessage = "The coordinator is not available.", NodeId = NoNode, Port = NoNode }
            : new()
            {
                Coordinators = [.. request.CoordinatorKeys.Select(key => new FindCoordinatorResponse.Coordinator
                {
                    Key = key,
                    NodeId = NoNode,
                    Port = NoNode,
                    ErrorCode = error,
                    ErrorMessage = "The coordinator is not available.",
                })],
            };
}
