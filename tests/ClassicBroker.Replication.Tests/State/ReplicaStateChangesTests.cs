using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Storage;
using ClassicBroker.Testing.Files;

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
    public void A_leader_knows_for_which_registration_it_was_named_also_where_nothing_changes()
    {
        _broker.BrokerEpoch = 5;
        Assert.Equal(ErrorCode.None, _broker.Lead(Partition, new Uuid(1, 1)));
        Assert.True(_broker.Replicas.TryGetOnline(Partition, out var partition));
        Assert.Equal(5, partition.AppointedBrokerEpoch);
        _broker.BrokerEpoch = 7;
        Assert.Equal(ErrorCode.StaleControllerEpoch, _broker.Lead(Partition, new Uuid(1, 1)));
        Assert.Equal(7, partition.AppointedBrokerEpoch);
    }

    [Fact]
    public void A_directory_of_a_deleted_topic_is_named_with_what_mends_it()
    {
        _broker.Lead(Partition, new Uuid(1, 1));
        _broker.Restart();

        _broker.Lead(Partition, new Uuid(2, 2));

        var told = Assert.Single(_broker.Log.Lines, line => line.StartsWith("Error: Topic id of partition t-0", StringComparison.Ordinal));
        Assert.Contains($"is {new Uuid(1, 1)}, but the controller sent {new Uuid(2, 2)}", told);
        Assert.Contains($"{_broker.Logs.Find(Partition)!.Path} is that of a topic that was deleted and made again", told);
        Assert.Contains("stop the broker, remove that directory", told);
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
    public void A_replica_that_lost_committed_records_leads_only_where_it_is_told_to_all_the_same()
    {
        var log = LoseCommitted();
        Assert.Equal(ErrorCode.KafkaStorageError, _broker.Lead(Partition, new Uuid(1, 1), 1, false, 1));
        Assert.True(log.IsSuspect);

        _broker.IsAloneInSync = true;
        Assert.Equal(ErrorCode.KafkaStorageError, _broker.Lead(Partition, new Uuid(1, 1), 2, false, 1));
        _broker.IsRecovering = true;
        Assert.Equal(ErrorCode.None, _broker.Lead(Partition, new Uuid(1, 1), 3, false, 1));
        Assert.False(log.IsSuspect);
        Assert.Equal(log.HighWatermark, log.HighWatermarkToCheckpoint);
    }

    /// <summary>The others of an ISR of one may have died, and have what this replica lost. Kafka's controllers never say more.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    public void Where_the_controller_does_not_say_so_it_leads_alone_in_sync_once_its_refusal_was_heard(short version)
    {
        var log = LoseCommitted();
        (_broker.LeaderAndIsrVersion, _broker.BrokerEpoch, _broker.IsAloneInSync) = (version, 100, true);
        AssertRefuses(1);
        AssertRefuses(1);
        AssertRefuses(2);
        AssertHears(3);
        Assert.True(log.IsSuspect);
        Assert.Equal(ErrorCode.None, _broker.Lead(Partition, new Uuid(1, 1), 4, false, 1));
        Assert.False(log.IsSuspect);
    }

    [Theory]
    [InlineData("another controller")]
    [InlineData("another registration")]
    [InlineData("another leader")]
    public void A_controller_that_has_not_heard_the_refusal_is_told_again(string what)
    {
        var log = LoseCommitted();
        (_broker.LeaderAndIsrVersion, _broker.BrokerEpoch, _broker.IsAloneInSync) = (5, 100, true);
        AssertRefuses(1);
        AssertHears(2);
        switch (what)
        {
            case "another controller":
                _broker.ControllerEpoch++;
                break;
            case "another registration":
                _broker.BrokerEpoch++;
                break;
            default:
                Assert.Equal(ErrorCode.None, _broker.Follow(1, Partition, new Uuid(1, 1), 3, false));
                break;
        }

        AssertRefuses(4);
        Assert.True(log.IsSuspect);
        AssertHears(5);
        Assert.Equal(ErrorCode.None, _broker.Lead(Partition, new Uuid(1, 1), 6, false, 1));
    }

    /// <summary>The first request may have been meant for an earlier life of the broker, and its answer be forgotten with that.</summary>
    [Fact]
    public void Without_broker_epochs_it_refuses_twice()
    {
        LoseCommitted();
        (_broker.LeaderAndIsrVersion, _broker.IsAloneInSync) = (5, true);
        AssertRefuses(1);
        AssertHears(2);
        AssertRefuses(3);
        AssertRefuses(4);
        AssertHears(5);
        Assert.Equal(ErrorCode.None, _broker.Lead(Partition, new Uuid(1, 1), 6, false, 1));
    }

    [Fact]
    public void Following_a_leader_that_is_recovering_ends_the_suspicion()
    {
        var log = LoseCommitted();
        _broker.IsRecovering = true;
        Assert.Equal(ErrorCode.None, _broker.Follow(1, Partition, new Uuid(1, 1), 1, false));
        Assert.False(log.IsSuspect);
    }

    [Fact]
    public void The_only_replica_leads_whatever_it_lost()
    {
        var log = LoseCommitted();
        Assert.Equal(ErrorCode.None, _broker.Lead(Partition, new Uuid(1, 1), 1, false));
        Assert.False(log.IsSuspect);
    }

    [Fact]
    public void A_thousand_new_partitions_cost_one_directory_sync_for_each_log_directory()
    {
        var (files, directories) = (_broker.Files.Count(FileOperation.Sync), _broker.Files.Count(FileOperation.SyncDirectory));

        var errors = _broker.LeadAll("many", new Uuid(1, 1), 1000);

        Assert.Equal(Enumerable.Repeat(ErrorCode.None, 1000), errors);
        Assert.Equal(2, _broker.Files.Count(FileOperation.SyncDirectory) - directories);
        Assert.InRange(_broker.Files.Count(FileOperation.Sync) - files, 0, 1000);
    }

    [Fact]
    public void New_partitions_outlive_a_power_cut_with_their_topic_id_and_epochs_once_something_is_flushed()
    {
        _broker.LeadAll("many", new Uuid(1, 1), 3);
        _broker.Append(new TopicPartition("many", 1));
        _broker.Logs.Find(new TopicPartition("many", 1))!.Flush();

        _broker.Crash();

        Assert.Equal([0, 1, 2], _broker.Logs.Logs.Select(log => log.Partition.Partition));
        var flushed = _broker.Logs.Find(new TopicPartition("many", 1))!;
        Assert.Equal((new Uuid(1, 1), 1L, 0), (flushed.TopicId, flushed.LogEndOffset, flushed.LatestEpoch.Value));
    }

    [Fact]
    public void Partitions_whose_directory_entry_cannot_be_synced_are_answered_with_a_storage_error()
    {
        _broker.Files.Fail(FileOperation.SyncDirectory, Errno.Io, pathContains: "/one", lasting: true);

        var errors = _broker.LeadAll("many", new Uuid(1, 1), 4);

        Assert.Equal(
            [ErrorCode.KafkaStorageError, ErrorCode.None, ErrorCode.KafkaStorageError, ErrorCode.None],
            errors);
    }

    [Fact]
    public void A_partition_of_a_directory_that_failed_at_start_answers_that_its_storage_failed()
    {
        _broker.LeadAll("many", new Uuid(1, 1), 2);
        _broker.Files.Fail(FileOperation.Open, Errno.Io, pathContains: "/one/many-0", lasting: true);
        _broker.Restart();

        Assert.Equal(ErrorCode.KafkaStorageError, _broker.Lead(new("many", 0), new Uuid(1, 1), leaderEpoch: 1, isNew: false));
        Assert.Equal(ErrorCode.None, _broker.Lead(new("many", 1), new Uuid(1, 1), leaderEpoch: 1, isNew: false));

        Assert.Equal(ErrorCode.KafkaStorageError, _broker.Replicas.TryGet(new("many", 0), out _));
        Assert.Equal(1, _broker.Replicas.OfflineCount);
        Assert.Equal(ErrorCode.KafkaStorageError, _broker.Append(new("many", 0)).Error);
    }

    [Fact]
    public void Deleting_a_replica_deletes_what_was_to_take_its_place()
    {
        _broker.Lead(Partition, new Uuid(1, 1));
        _broker.Logs.GetOrCreate(new(Partition, _broker.Logs.Find(Partition)!.Config, new Uuid(1, 1), IsFuture: true));

        Assert.Equal(ErrorCode.None, _broker.Delete(Partition));

        Assert.Null(_broker.Logs.Find(Partition, isFuture: true));
    }

    private void AssertRefuses(int leaderEpoch) =>
        Assert.Equal(ErrorCode.KafkaStorageError, _broker.Lead(Partition, new Uuid(1, 1), leaderEpoch, false, 1));

    /// <summary>The controller has the partition without a leader.</summary>
    private void AssertHears(int leaderEpoch) =>
        Assert.Equal(ErrorCode.None, _broker.Follow(-1, Partition, new Uuid(1, 1), leaderEpoch, false));

    /// <summary>A power cut that costs the log records whose high watermark was noted.</summary>
    private PartitionLog LoseCommitted()
    {
        _broker.Lead(Partition, new Uuid(1, 1), 0, true, 1);
        for (var i = 0; i < 10; i++)
        {
            _broker.Append(Partition);
        }

        _broker.Logs.Find(Partition)!.UpdateHighWatermark(10);
        _broker.Logs.CheckpointAll();
        _broker.Crash();
        var log = _broker.Logs.Find(Partition)!;
        Assert.True(log.IsSuspect);
        return log;
    }
}
