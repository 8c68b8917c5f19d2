using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Controller.Events;

/// <summary>AlterPartitionReassignments and ListPartitionReassignments as messages.</summary>
internal static class ReassignmentAnswers
{
    /// <summary>
    /// A partition that is named twice is answered once, and its last order counts; a topic without partitions is not answered.
    /// </summary>
    public static async Task<AlterPartitionReassignmentsResponse> AlterAsync(
        Reassignments reassignments, AlterPartitionReassignmentsRequest request)
    {
        var changes = new OrderedDictionary<TopicPartition, IReadOnlyList<int>?>();
        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                changes[new(topic.Name, partition.PartitionIndex)] = partition.Replicas;
            }
        }

        var results = await reassignments.AlterAsync(changes);
        return new()
        {
            Responses =
            [
                .. changes.Keys.GroupBy(partition => partition.Topic, StringComparer.Ordinal)
                    .Select(topic => new AlterPartitionReassignmentsResponse.ReassignableTopicResponse
                    {
                        Name = topic.Key,
                        Partitions = [.. topic.Select(partition => AnswerOf(partition.Partition, results[partition]))],
                    }),
            ],
        };
    }

    public static ListPartitionReassignmentsResponse List(Reassignments reassignments, ListPartitionReassignmentsRequest request)
    {
        var asked = request.Topics?
            .SelectMany(topic => topic.PartitionIndexes.Select(partition => new TopicPartition(topic.Name, partition)))
            .ToHashSet();
        return new()
        {
            Topics =
            [
                .. reassignments.List(asked).GroupBy(entry => entry.Partition.Topic, StringComparer.Ordinal)
                    .Select(topic => new ListPartitionReassignmentsResponse.OngoingTopicReassignment
                    {
                        Name = topic.Key,
                        Partitions =
                        [
                            .. topic.Select(entry => new ListPartitionReassignmentsResponse.OngoingPartitionReassignment
                            {
                                PartitionIndex = entry.Partition.Partition,
                                Replicas = [.. entry.Assignment.Replicas],
                                AddingReplicas = [.. entry.Assignment.AddingReplicas],
                                RemovingReplicas = [.. entry.Assignment.RemovingReplicas],
                            }),
                        ],
                    }),
            ],
        };
    }

    private static AlterPartitionReassignmentsResponse.ReassignablePartitionResponse AnswerOf(
        int partition, (ErrorCode Error, string? Message) result) =>
        new() { PartitionIndex = partition, ErrorCode = result.Error, ErrorMessage = result.Message };
}
