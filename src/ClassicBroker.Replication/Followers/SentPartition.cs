using ClassicBroker.Primitives;

namespace ClassicBroker.Replication.Followers;

/// <summary>What the leader was last asked for one partition of a fetch session.</summary>
/// <param name="Followed">For whom: an answer concerns no other, though it has the same name.</param>
/// <param name="FetchOffset">The offset asked for.</param>
/// <param name="LogStartOffset">Where the follower's log begins.</param>
/// <param name="LastFetchedEpoch">The epoch of its last record; unknown where fetches do not tell divergence.</param>
internal readonly record struct SentPartition(
    FollowedPartition Followed, long FetchOffset, long LogStartOffset, LeaderEpoch LastFetchedEpoch)
{
    public Uuid TopicId => Followed.TopicId;
}
