using ClassicBroker.Primitives;

namespace ClassicBroker.Replication.Tests.State;

public sealed class ReplicaStateChangesTests
{
    private static readonly TopicPartition Partition = new("t", 0);

    private readonly ReplicaHarness _broker = new();

    [Fact]
    public void The_log_of_a_deleted_topic_is_not_served_as_that_of_a_new_one_after_a_restart()
    {
        Assert.Equal(ErrorCode.None, _broker.Lead(Partition, new Uuid(1, 1)));
        Assert.Equal(ErrorCode.None, _broker.Append(Partition).Error);
        _broker.Restart();

        Assert.Equal(ErrorCode.InconsistentTopicId, _broker.Lead(Partition, new Uuid(2, 2)));

        Assert.Equal(ErrorCode.NotLeaderOrFollower, _broker.Replicas.TryGet(Partition, out _));
        Assert.Equal((new Uuid(1, 1), 1L), (_broker.Logs.Find(Partition)!.TopicId, _broker.Logs.Find(Partition)!.LogEndOffset));
        Assert.Equal(ErrorCode.None, _broker.Lead(Partition, new Uuid(1, 1), leaderEpoch: 1));
    }

    [Fact]
    public void A_log_from_before_topic_ids_learns_its_own_with_the_first_change_of_leader()
    {
        Assert.Equal(ErrorCode.None, _broker.Lead(Partition, Uuid.Zero));
        _broker.Restart();

        Assert.Equal(ErrorCode.None, _broker.Lead(Partition, new Uuid(1, 1), leaderEpoch: 1));

        Assert.Equal(new Uuid(1, 1), _broker.Logs.Find(Partition)!.TopicId);
        _broker.Restart();
        Assert.Equal(new Uuid(1, 1), _broker.Logs.Find(Partition)!.TopicId);
    }

    [Fact]
    public void A_topic_made_anew_inherits_no_checkpoint_of_the_one_deleted()
    {
        _broker.Lead(Partition, new Uuid(1, 1), 0, true, 1);
        for (var i = 0; i < 10; i++)
        {
            _broker.Append(Partition);
        }

        _broker.Logs.Find(Partition)!.UpdateHighWatermark(10);
        _broker.Logs.Find(Partition)!.AdvanceLogStart(5);
        _broker.Logs.CheckpointAll();
        Assert.Equal(ErrorCode.None, _broker.Delete(Partition));
        _broker.Lead(Partition, new Uuid(2, 2), 0, true, 1);
        _broker.Append(Partition);
        _broker.Restart();

        var log = _broker.Logs.Find(Partition)!;
        Assert.Equal((0L, 1L, 0L), (log.LogStartOffset, log.LogEndOffset, log.RecoveryPoint));
        Assert.False(log.IsSuspect);
        Assert.Equal(ErrorCode.None, _broker.Lead(Partition, new Uuid(2, 2), 1, false, 1));
    }

    [Fact]
    public void Deleting_a_replica_deletes_what_was_to_take_its_place()
    {
        _broker.Lead(Partition, new Uuid(1, 1));
        _broker.Logs.GetOrCreate(new(Partition, _broker.Logs.Find(Partition)!.Config, new Uuid(1, 1), IsFuture: true));

        Assert.Equal(ErrorCode.None, _broker.Delete(Partition));

        Assert.Null(_broker.Logs.Find(Partition, isFuture: true));
    }
}
