using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Controller.Events;

/// <summary>ElectLeaders as messages. Elections that a request for all partitions finds unneeded are left out of the answer.</summary>
internal static class ElectLeadersAnswers
{
    private const sbyte Unclean = 1;

    public static async Task<ElectLeadersOutcome> AnswerAsync(LeaderElections elections, ElectLeadersRequest request)
    {
        var asked = PartitionsOf(request);
        var results = await elections.ElectAsync(asked, request.ElectionType == Unclean);
        var shown = results.Where(entry => asked is not null || entry.Value.Error != ErrorCode.ElectionNotNeeded);
        return new(
            ResponseOf(shown.Select(entry => (entry.Key, entry.Value.Error, entry.Value.Message))),
            results.Where(entry => entry.Value.Leader != LeaderAndIsr.NoLeader).ToDictionary(
                entry => entry.Key, entry => entry.Value.Leader));
    }

    /// <summary>Who is the controller may have changed since the broker looked; the partitions say so, not the whole.</summary>
    public static ElectLeadersOutcome NotController(ElectLeadersRequest request) =>
        new(
            ResponseOf((PartitionsOf(request) ?? []).Select(partition => (partition, ErrorCode.NotController, (string?)null))),
            new Dictionary<TopicPartition, int>());

    private static TopicPartition[]? PartitionsOf(ElectLeadersRequest request) =>
        request.TopicPartitions is { } topics
            ? [.. topics.SelectMany(topic => topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition))).Distinct()]
            : null;

    private static ElectLeadersResponse ResponseOf(IEnumerable<(TopicPartition Partition, ErrorCode Error, string? Message)> results) =>
        new()
        {
            ReplicaElectionResults =
            [
                .. results.OrderBy(result => result.Partition).GroupBy(result => result.Partition.Topic, StringComparer.Ordinal)
                    .Select(topic => new ElectLeadersResponse.ReplicaElectionResult
                    {
                        Topic = topic.Key,
                        PartitionResult =
                        [
                            .. topic.Select(result => new ElectLeadersResponse.PartitionResult
                            {
                                PartitionId = result.Partition.Partition,
                                ErrorCode = result.Error,
                                ErrorMessage = result.Message,
                            }),
                        ],
                    }),
            ],
        };
}
