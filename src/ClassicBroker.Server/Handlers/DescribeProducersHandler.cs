using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Replication;
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
                    ? Refuse(index, ReadTopic.Refusal, "Topic authorization failed.")
                    : Describe(new TopicPartition(topic.Name, index)))],
            })],
        });
    }

    private static DescribeProducersResponse.PartitionResponse Refuse(int index, ErrorCode error, string message) =>
        new() { PartitionIndex = index, ErrorCode = error, ErrorMessage = message };

    private DescribeProducersResponse.PartitionResponse Describe(TopicPartition topicPartition)
    {
        if (TopicName.Fault(topicPartition.Topic) is { } fault)
        {
            return Refuse(topicPartition.Partition, ErrorCode.InvalidTopicException, fault);
        }

        var error = replicas.TryGet(topicPartition, out var partition);
        if (error == ErrorCode.UnknownTopicOrPartition && IsUnknown(topicPartition.Topic))
        {
            return Refuse(topicPartition.Partition, error, "This server does not host this topic-partition.");
        }

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

    /// <summary>Every topic has a partition 0.</summary>
    private bool IsUnknown(string topic) => replicas.TryGet(new(topic, 0), out _) == ErrorCode.UnknownTopicOrPartition;

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
