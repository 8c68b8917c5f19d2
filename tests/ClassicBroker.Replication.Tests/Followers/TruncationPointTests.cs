using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Replication.Followers;
using ClassicBroker.Storage;

namespace ClassicBroker.Replication.Tests.Followers;

/// <summary>
/// Where a follower cuts, whose log has epoch 1 from 0, epoch 3 from 10 and epoch 5 from 20 to 30, and whose high watermark is 7.
/// </summary>
public sealed class TruncationPointTests
{
    private const long HighWatermark = 7;

    private readonly PartitionLog _log;

    public TruncationPointTests()
    {
        var harness = new ReplicaHarness();
        var partition = new TopicPartition("t", 0);
        foreach (var epoch in new[] { 1, 3, 5 })
        {
            harness.Lead(partition, Uuid.Zero, epoch, isNew: true);
            for (var i = 0; i < 10; i++)
            {
                Assert.Equal(ErrorCode.None, harness.Append(partition).Error);
            }
        }

        _log = harness.Logs.Find(partition)!;
        Assert.Equal([new(new(1), 0), new(new(3), 10), new EpochEntry(new(5), 20)], _log.EpochEntries);
    }

    [Theory]
    [InlineData(-1, -1, HighWatermark, true)] // the leader knows nothing: to the high watermark
    [InlineData(-1, 25, 25, true)] // a leader of an old release tells no epoch
    [InlineData(-1, 99, 30, true)]
    [InlineData(5, 28, 28, true)] // the same epoch, shorter at the leader
    [InlineData(5, 99, 30, true)] // the same epoch, longer at the leader
    [InlineData(3, 18, 18, true)] // an epoch before, shorter at the leader
    [InlineData(3, 25, 20, true)] // an epoch before, longer at the leader: our own end of it
    [InlineData(4, 15, 20, false)] // an epoch we never had: cut to the end of the one below it and ask again (KIP-279)
    [InlineData(2, 15, 10, false)]
    [InlineData(6, 28, 28, true)] // an epoch above all of ours
    [InlineData(0, 4, 0, true)] // an epoch below all of ours
    public void A_follower_cuts_where_its_log_may_part_from_the_leaders(int leaderEpoch, long leaderEnd, long offset, bool isFinal) =>
        Assert.Equal(
            new TruncationPoint(offset, isFinal),
            TruncationPoint.Of(new EpochEndOffset(new LeaderEpoch(leaderEpoch), leaderEnd), _log, HighWatermark));
}
