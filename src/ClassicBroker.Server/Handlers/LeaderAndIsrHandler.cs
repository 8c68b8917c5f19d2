using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Control;

namespace ClassicBroker.Server.Handlers;

/// <summary>LeaderAndIsr 0-7: the controller tells who leads.</summary>
public sealed class LeaderAndIsrHandler(ControllerRequests requests) : RequestHandler<LeaderAndIsrRequest, LeaderAndIsrResponse>
{
    private const short FirstVersionWithTopics = 2;
    private const short FirstVersionWithTopicIds = 5;

    public override IReadOnlyList<AccessRule> Access { get; } = [AccessRule.Cluster(AclOperation.ClusterAction)];

    public override async ValueTask<LeaderAndIsrResponse?> HandleAsync(LeaderAndIsrRequest request, RequestContext context)
    {
        var response = await requests.ApplyAsync(request, context.ApiVersion);
        return response.ErrorCode is ErrorCode.StaleControllerEpoch or ErrorCode.StaleBrokerEpoch
            ? Refuse(request, response.ErrorCode, context.ApiVersion)
            : response;
    }

    /// <summary>What is wrong with the whole is wrong with every partition named.</summary>
    private static LeaderAndIsrResponse Refuse(LeaderAndIsrRequest request, ErrorCode error, short version) =>
        version >= FirstVersionWithTopicIds
            ? new()
            {
                ErrorCode = error,
                Topics = [.. request.TopicStates.Select(topic => new LeaderAndIsrResponse.LeaderAndIsrTopicError
                {
                    TopicId = topic.TopicId,
                    PartitionErrors = [.. topic.PartitionStates.Select(state => Refuse("", state, error))],
                })],
            }
            : new()
            {
                ErrorCode = error,
                PartitionErrors = version >= FirstVersionWithTopics
                    ? [.. request.TopicStates.SelectMany(
                        topic => topic.PartitionStates.Select(state => Refuse(topic.TopicName, state, error)))]
                    : [.. request.UngroupedPartitionStates.Select(state => Refuse(state.TopicName, state, error))],
            };

    private static LeaderAndIsrResponse.LeaderAndIsrPartitionError Refuse(
        string topic, LeaderAndIsrRequest.LeaderAndIsrPartitionState state, ErrorCode error) =>
        new() { TopicName = topic, PartitionIndex = state.PartitionIndex, ErrorCode = error };
}
