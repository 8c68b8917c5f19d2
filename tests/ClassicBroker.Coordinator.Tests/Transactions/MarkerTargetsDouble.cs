using ClassicBroker.Coordinator.Transactions.Markers;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Coordinator.Tests.Transactions;

/// <summary>Leaders that take down the markers they are sent and answer as the test says. Threading: the test's thread.</summary>
internal sealed class MarkerTargetsDouble : IMarkerTargets
{
    /// <summary>Partitions whose leader is not broker 1; null for those without a leader.</summary>
    public Dictionary<TopicPartition, int?> Leaders { get; } = [];

    public HashSet<TopicPartition> Deleted { get; } = [];

    /// <summary>What each partition answers from now on; NONE where nothing is said.</summary>
    public Dictionary<TopicPartition, ErrorCode> Answers { get; } = [];

    /// <summary>Brokers that cannot be reached.</summary>
    public HashSet<int> Unreachable { get; } = [];

    /// <summary>While set, no answer comes.</summary>
    public TaskCompletionSource? Held { get; set; }

    /// <summary>Markers as <c>broker: producer id, epoch, COMMIT or ABORT, coordinator epoch, partitions</c>.</summary>
    public List<string> Written { get; } = [];

    public int? LeaderOf(TopicPartition partition) => Leaders.TryGetValue(partition, out var leader) ? leader : 1;

    public ValueTask<bool> IsDeletedAsync(TopicPartition partition) => new(Deleted.Contains(partition));

    public async Task<WriteTxnMarkersResponse?> WriteAsync(int brokerId, WriteTxnMarkersRequest request)
    {
        foreach (var marker in request.Markers)
        {
            var partitions = marker.Topics.SelectMany(topic => topic.PartitionIndexes.Select(index => $"{topic.Name}-{index}"));
            Written.Add(
                $"{brokerId}: {marker.ProducerId} {marker.ProducerEpoch} {(marker.TransactionResult ? "COMMIT" : "ABORT")} "
                + $"{marker.CoordinatorEpoch} {string.Join(' ', partitions)}");
        }

        if (Held is { } held)
        {
            await held.Task;
        }

        return Unreachable.Contains(brokerId)
            ? null
            : new()
            {
                Markers =
                [
                    .. request.Markers.Select(marker => new WriteTxnMarkersResponse.WritableTxnMarkerResult
                    {
                        ProducerId = marker.ProducerId,
                        Topics =
                        [
                            .. marker.Topics.Select(topic => new WriteTxnMarkersResponse.WritableTxnMarkerTopicResult
                            {
                                Name = topic.Name,
                                Partitions =
                                [
                                    .. topic.PartitionIndexes.Select(index =>
                                        new WriteTxnMarkersResponse.WritableTxnMarkerPartitionResult
                                        {
                                            PartitionIndex = index,
                                            ErrorCode = Answers.GetValueOrDefault(new(topic.Name, index)),
                                        }),
                                ],
                            }),
                        ],
                    }),
                ],
            };
    }
}
