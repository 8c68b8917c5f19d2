using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Controller.Events;

/// <summary>AlterPartitionReassignments and ListPartitionReassignments as messages.</summary>
internal static class ReassignmentAnswers
{
    public static async Task<AlterPartitionReassignmentsResponse> AlterAsync(
        Reassignments reassignments, AlterPartitionReassignmentsRequest request)
    {
        var changes = new List<KeyValuePair<TopicPartition, IReadOnlyList<int>?>>();
        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                changes.Add(new(new(topic.Name, partition.PartitionIndex), partition.Replicas));
            }
        }

        var results = await reassignments.AlterAsync(changes);
        return new()
        {
            Responses =
            [
                .. request.Topics.Select(topic => new AlterPartitionReassignmentsResponse.ReassignableTopicResponse
                {
                    Name = topic.Name,
                    Partitions = [.. topic.Partitions.Select(
                        partition => AnswerOf(partition.PartitionIndex, results[new(topic.Name, partition.PartitionIndex)]))],
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
