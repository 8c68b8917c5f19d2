using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Replication.Offsets;
using ClassicBroker.Rpc;

namespace ClassicBroker.Replication.Followers;

/// <summary>What a follower asks of its leader beside records: where epochs ended, where the log begins and ends. Stateless.</summary>
internal sealed class LeaderQueries(ILeaderEndpoint leader, FollowerSettings settings)
{
    private const int OldestOffsetsOnly = 0;

    /// <summary>Where an epoch of each follower ended in the leader's log.</summary>
    /// <exception cref="PeerUnreachableException">No answer came.</exception>
    public async Task<Dictionary<TopicPartition, OffsetForLeaderEpochResponse.EpochEndOffset>> EpochEndsAsync(
        IReadOnlyList<(FollowedPartition Followed, LeaderEpoch Epoch)> asked)
    {
        var request = new OffsetForLeaderEpochRequest
        {
            ReplicaId = settings.BrokerId.Value,
            Topics =
            [
                .. asked.GroupBy(entry => entry.Followed.TopicPartition.Topic, StringComparer.Ordinal).Select(topic =>
                    new OffsetForLeaderEpochRequest.OffsetForLeaderTopic
                    {
                        Topic = topic.Key,
                        Partitions =
                        [
                            .. topic.Select(entry => new OffsetForLeaderEpochRequest.OffsetForLeaderPartition
                            {
                                Partition = entry.Followed.TopicPartition.Partition,
                                CurrentLeaderEpoch = entry.Followed.LeaderEpoch,
                                LeaderEpoch = entry.Epoch.Value,
                            }),
                        ],
                    }),
            ],
        };
        var response = await leader.EpochEndsAsync(request, settings.InterBrokerProtocol.ReplicaOffsetForLeaderEpochVersion());
        return response.Topics
            .SelectMany(topic => topic.Partitions.Select(end => (Partition: new TopicPartition(topic.Topic, end.Partition), End: end)))
            .DistinctBy(entry => entry.Partition)
            .ToDictionary(entry => entry.Partition, entry => entry.End);
    }

    /// <summary>Where the leader's log begins and ends, or why it does not say.</summary>
    /// <exception cref="PeerUnreachableException">No answer came.</exception>
    public async Task<(ErrorCode Error, long Start, long End)> RangeAsync(FollowedPartition followed)
    {
        var end = await OffsetAsync(followed, OffsetLookup.LatestTimestamp);
        if (end.Error != ErrorCode.None)
        {
            return (end.Error, -1, -1);
        }

        var start = await OffsetAsync(followed, OffsetLookup.EarliestTimestamp);
        return (start.Error, start.Offset, end.Offset);
    }

    private async Task<(ErrorCode Error, long Offset)> OffsetAsync(FollowedPartition followed, long timestamp)
    {
        var version = settings.InterBrokerProtocol.ReplicaListOffsetsVersion();
        var request = new ListOffsetsRequest
        {
            ReplicaId = settings.BrokerId.Value,
            Topics =
            [
                new()
                {
                    Name = followed.TopicPartition.Topic,
                    Partitions =
                    [
                        new()
                        {
                            PartitionIndex = followed.TopicPartition.Partition,
                            CurrentLeaderEpoch = followed.LeaderEpoch,
                            Timestamp = timestamp,
                        },
                    ],
                },
            ],
        };
        var response = await leader.OffsetsAsync(request, version);
        if (response.Topics is not [{ Partitions: [var answer] }])
        {
            return (ErrorCode.UnknownServerError, -1);
        }

        return version == OldestOffsetsOnly
            ? (answer.ErrorCode, answer.OldStyleOffsets is [var offset, ..] ? offset : -1)
            : (answer.ErrorCode, answer.Offset);
    }
}
