using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Controller.Requests;

/// <summary>Takes what brokers answer to the controller; called on the controller's loop, and only posts events.</summary>
internal interface IBrokerResponses
{
    void LeaderAndIsrAnswered(int brokerId, LeaderAndIsrResponse response);

    void UpdateMetadataAnswered(int brokerId, UpdateMetadataResponse response);

    /// <param name="brokerId">Who answered.</param>
    /// <param name="response">The answer.</param>
    /// <param name="deleted">Of the partitions it is about, those that were to be deleted.</param>
    void StopReplicaAnswered(int brokerId, StopReplicaResponse response, IReadOnlySet<TopicPartition> deleted);
}
