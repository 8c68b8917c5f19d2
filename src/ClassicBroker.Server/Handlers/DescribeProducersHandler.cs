using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Replication;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Storage;

namespace ClassicBroker.Server.Handlers;

/// <summary>DescribeProducers 0: the producers a replica knows, leader or follower, with their open transactions (KIP-664).</summary>
public sealed class DescribeProducersHandler(ReplicaManager replicas) : RequestHandler<DescribeProducersRequest, DescribeProducersResponse>
{
    private static readonly AccessRule ReadTopic = AccessRule.Each(AclOperation.Read, AclResourceType.Topic);

    public override IReadOnlyList<AccessRule> Access { get; } = [ReadTopic];

    public override ValueTask<DescribeProducersResponse?> HandleAsync(DescribeProducersRequest request, RequestContext context)
    {
        var refused = context.RefusedOf(ReadTopic, request.Topics.Select(topic => topic.Name));
        return ValueTask.FromResult<DescribeProducersResponse?>(new()
        {
            Topics = [.. request.Topics.Select(topic => new DescribeProducersResponse.TopicResponse
            {
                Name = topic.Name,
                Partitions = [.. topic.PartitionIndexes.Select(index => refused.Contains(topic.Name)
                    ? Refuse(index)
                    : Describe(new TopicPartition(topic.Name, index)))],
            })],
        });
    }

    private static DescribeProducersResponse.PartitionResponse Refuse(int index) =>
        new() { PartitionIndex = index, ErrorCode = ReadTopic.Refusal, ErrorMessage = "Topic authorization failed." };

    private DescribeProducersResponse.PartitionResponse Describe(TopicPartition topicPartition)
    {
        Partition? partition = null;
        var error = TopicName.Fault(topicPartition.Topic) is null
            ? replicas.TryGet(topicPartition, out partition)
            : ErrorCode.InvalidTopicException;
        PartitionLog? log = null;
        if (error == ErrorCode.None)
        {
            error = partition!.TryGetLog(LeaderEpoch.None, onlyLeader: false, out log);
        }

        return new()
        {
            PartitionIndex = topicPartition.Partition,
            ErrorCode = error,
            ActiveProducers = log is null || error != ErrorCode.None ? [] : [.. log.DescribeProducers().Select(Describe)],
        };
    }

    private static DescribeProducersResponse.ProducerState Describe(ActiveProducer producer) =>
        new()
        {
            ProducerId = producer.ProducerId,
            ProducerEpoch = producer.ProducerEpoch,
            LastSequence = producer.LastSequence,
            LastTimestamp = producer.LastTimestamp,
            CoordinatorEpoch = producer.CoordinatorEpoch,
            CurrentTxnStartOffset = producer.CurrentTxnStartOffset,
        };
}
