using ClassicBroker.Metadata;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Replication.Purgatory;
using ClassicBroker.Storage;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Replication.Tests;

public sealed partial class PartitionTests
{
    private const int LagMaxMs = 10_000;

    private readonly ManualTime _time = new();
    private readonly HashSet<int> _alive = [0, 1, 2];
    private readonly List<(IsrChange Change, Action<IsrChangeOutcome> Completed)> _sent = [];
    private readonly DelayedOperations _delayed;
    private readonly ManualEventLoop _disk;
    private readonly LogStore _logs;
    private Partition _partition;
    private PartitionEnvironment? _environment;
    private LogConfig _config = new() { MinInsyncReplicas = 1 };
    private long _registration = -1;

    /// <summary>Runs once when the partition asks for the brokers alive, which it does under its lock.</summary>
    private Action? _whileLocked;

    public PartitionTests()
    {
        var loop = _time.CreateLoop("housekeeping");
        _disk = _time.CreateLoop("disk");
        _delayed = new DelayedOperations(loop, 1000, 1000, 1);
        _logs = loop.Run(() => LogStore.OpenAsync(
            new LogStoreSettings { Directories = ["/data"] },
            new StorageEnvironment
            {
                Files = new SimulatedFileSystem(_time, new SeededRandomSource(1)),
                Timers = loop,
                DiskWork = _disk,
                Time = _time,
                Random = new SeededRandomSource(2),
                Loggers = NullLoggerFactory.Instance,
            },
            [loop],
            _ => _config));
        _partition = NewPartition();
    }

    private PartitionLog Log => _partition.Log!;

    private static PartitionAssignment Assignment(int leader, int epoch, int[] isr, int partitionEpoch = 0) =>
        new()
        {
            ControllerEpoch = 1,
            Leader = leader,
            LeaderEpoch = epoch,
            PartitionEpoch = partitionEpoch,
            Isr = isr,
            Replicas = [0, 1, 2],
        };

    private Partition NewPartition(long lagMaxMessages = long.MaxValue, bool syncs = false) =>
        new(new TopicPartition("t", 0), _environment = new PartitionEnvironment
        {
            LocalBrokerId = new BrokerId(0),
            Time = _time,
            ReplicaLagTimeMaxMs = () => LagMaxMs,
            ReplicaLagMaxMessages = lagMaxMessages,
            SyncsBeforeAcknowledging = syncs,
            IsAlive = IsAlive,
            IsrChanges = new RecordingIsrChanges(_sent),
            Delayed = _delayed,
            Stands = brokerEpoch => brokerEpoch >= _registration,
        });

    private bool IsAlive(int brokerId)
    {
        var whileLocked = _whileLocked;
        _whileLocked = null;
        whileLocked?.Invoke();
        return _alive.Contains(brokerId);
    }

    private bool Lead(int epoch, params int[] isr) => _partition.MakeLeader(Assignment(0, epoch, isr), NewLog);

    private PartitionLog NewLog() => _logs.GetOrCreate(new LogCreation(_partition.TopicPartition, _config, Uuid.Zero));

    private ErrorCode Append(int records = 1, short acks = 1)
    {
        using var builder = new RecordBatchBuilder();
        for (var i = 0; i < records; i++)
        {
            builder.Append(1, default, "v"u8);
        }

        return _partition.AppendAsLeader(RecordSet.Open(builder.Build().ToArray()), AppendOrigin.Client, acks).Error;
    }

    private ErrorCode? Check(long requiredOffset, short acks, int appendedIn = 1) =>
        _partition.CheckEnoughReplicasReachOffset(requiredOffset, acks, new LeaderEpoch(appendedIn));

    /// <summary>A follower asks for an offset: it has all before that.</summary>
    private void Fetch(int follower, long offset, long connection = 0, long brokerEpoch = -1) =>
        _partition.UpdateFollower(
            new LeaderEpoch(_partition.LeaderEpoch), new FollowerFetch(follower, offset, 0, brokerEpoch, connection), Log.LogEndOffset);

    private void Answer(ErrorCode error, int partitionEpoch = 1)
    {
        var (change, completed) = _sent[^1];
        completed(new(error, error == ErrorCode.None ? change.State.WithPartitionEpoch(partitionEpoch) : null));
    }

    /// <summary>When the number of fetchers changes, the one before may append while the next already has the partition.</summary>
    [Fact]
    public void A_follower_appends_only_where_the_fetch_was_made_for()
    {
        _partition.MakeFollower(Assignment(1, 1, [0, 1]), NewLog);
        Assert.NotNull(_partition.Follower.Append(1, 0, StoredBatch(0)));
        Assert.Null(_partition.Follower.Append(1, 0, StoredBatch(0)));
        Assert.NotNull(_partition.Follower.Append(1, 1, StoredBatch(1)));
        Assert.Equal(2, Log.LogEndOffset);

        static byte[] StoredBatch(long offset)
        {
            using var builder = new RecordBatchBuilder { BaseOffset = offset, PartitionLeaderEpoch = 1 };
            builder.Append(1, default, "v"u8);
            return builder.Build().ToArray();
        }
    }

    [Theory]
    [InlineData(6, 1)]
    [InlineData(4, 0)]
    public void A_change_of_the_isr_is_counted_where_it_is_committed(int partitionEpoch, long expected)
    {
        _partition.MakeLeader(Assignment(0, 1, [0], partitionEpoch: 5), NewLog);
        Fetch(1, 0);
        Answer(ErrorCode.None, partitionEpoch);
        Assert.Equal(expected, _environment!.IsrMetrics.Expansions.Value);
    }

    [Fact]
    public void The_high_watermark_is_what_the_whole_isr_has()
    {
        Lead(1, 0, 1, 2);
        Append(5);
        Fetch(1, 5);
        Assert.Equal(0, Log.HighWatermark);
        Fetch(2, 3);
        Assert.Equal(3, Log.HighWatermark);
        Fetch(2, 5);
        Assert.Equal(5, Log.HighWatermark);
    }

    [Fact]
    public void A_fetch_read_in_an_earlier_epoch_does_not_raise_the_high_watermark()
    {
        Lead(1, 0, 1);
        Append(5);
        _partition.TryGetLog(LeaderEpoch.None, onlyLeader: true, out _, out var readIn);
        _partition.MakeFollower(Assignment(1, 2, [0, 1], 1), NewLog);
        _partition.MakeLeader(Assignment(0, 3, [0, 1], 2), NewLog);

        _partition.UpdateFollower(new LeaderEpoch(readIn), new FollowerFetch(1, 5, 0, -1, 0), 5);
        Assert.Equal(0, Log.HighWatermark);
        Fetch(1, 5);
        Assert.Equal(5, Log.HighWatermark);
    }

    [Fact]
    public void A_follower_that_falls_behind_leaves_the_isr_once_that_is_committed()
    {
        Lead(1, 0, 1, 2);
        Append(5);
        Fetch(1, 5);
        _time.AdvanceMs(LagMaxMs);
        Fetch(1, 5);
        _partition.MaybeShrinkIsr();
        Assert.Empty(_sent);
        _time.AdvanceMs(1);
        _partition.MaybeShrinkIsr();
        Assert.Equal([0, 1], _sent[^1].Change.State.Isr);
        Assert.Equal(0, Log.HighWatermark);
        _partition.MaybeShrinkIsr();
        Assert.Single(_sent);
        Answer(ErrorCode.None);
        Assert.Equal([0, 1], _partition.Isr);
        Assert.Equal(5, Log.HighWatermark);
    }

    [Fact]
    public void A_follower_that_lacks_too_many_records_leaves_the_isr_however_short_the_time_and_joins_once_it_has_what_is_committed()
    {
        const int LagMaxMessages = 3;
        _partition = NewPartition(LagMaxMessages);
        Lead(1, 0, 1, 2);
        Append(LagMaxMessages);
        Fetch(1, LagMaxMessages);
        Fetch(2, 0);
        _partition.MaybeShrinkIsr();
        Assert.Empty(_sent);

        Append();
        _partition.MaybeShrinkIsr();
        Assert.Equal([0, 1], _sent[^1].Change.State.Isr);
        Answer(ErrorCode.None);
        Assert.Equal(LagMaxMessages, Log.HighWatermark);

        Fetch(2, LagMaxMessages - 1);
        Assert.Single(_sent);
        Fetch(2, LagMaxMessages);
        Assert.Equal([0, 1, 2], _sent[^1].Change.State.Isr);
    }

    [Fact]
    public void A_follower_that_has_not_fetched_from_a_new_leader_lacks_no_known_number_of_records()
    {
        _partition = NewPartition(lagMaxMessages: 1);
        Lead(1, 0, 1);
        Append(5);
        _partition.MaybeShrinkIsr();
        Assert.Empty(_sent);
    }

    [Fact]
    public void A_follower_that_has_caught_up_joins_and_counts_from_the_moment_it_is_proposed()
    {
        Lead(1, 0, 1);
        Append(4);
        Fetch(1, 4);
        Assert.Equal(4, Log.HighWatermark);
        Fetch(2, 4);
        Assert.Equal([0, 1, 2], _sent[^1].Change.State.Isr);
        Append(1);
        Fetch(1, 5);
        Assert.Equal(4, Log.HighWatermark);
        Answer(ErrorCode.None);
        Assert.Equal([0, 1, 2], _partition.Isr);
        Fetch(2, 5);
        Assert.Equal(5, Log.HighWatermark);
    }

    [Fact]
    public void A_dead_follower_does_not_join()
    {
        Lead(1, 0, 1);
        _alive.Remove(2);
        Fetch(2, 0);
        Assert.Empty(_sent);
    }

    [Fact]
    public void A_follower_below_the_start_of_the_leaders_epoch_does_not_join()
    {
        Lead(1, 0, 1, 2);
        Append(5);
        _partition.MakeFollower(Assignment(1, 2, [1], 1), NewLog);
        _partition.MakeLeader(Assignment(0, 3, [0], 2), NewLog);
        Fetch(2, 4);
        Assert.Empty(_sent);
        Fetch(2, 5);
        Assert.Single(_sent);
    }

    [Theory]
    [InlineData(ErrorCode.IneligibleReplica, 2)]
    [InlineData(ErrorCode.OperationNotAttempted, 2)]
    [InlineData(ErrorCode.FencedLeaderEpoch, 1)]
    [InlineData(ErrorCode.InvalidUpdateVersion, 1)]
    [InlineData(ErrorCode.NetworkException, 2)]
    public void A_refused_change_is_reverted_kept_or_sent_again(ErrorCode error, int expectedSends)
    {
        Lead(1, 0, 1);
        Fetch(2, 0);
        Answer(error);
        Fetch(2, 0);
        Assert.Equal(expectedSends, _sent.Count);
    }

    /// <summary>KIP-903: the controller refuses a life that has ended.</summary>
    [Fact]
    public void A_change_names_the_life_in_which_each_member_fetched_last()
    {
        Lead(1, 0, 1);
        Append(5);
        Fetch(1, 5, brokerEpoch: 4);
        Fetch(2, 5, brokerEpoch: 7);
        Assert.Equal([0, 1, 2], _sent[^1].Change.State.Isr);
        Assert.Equal([-1, 4, 7], _sent[^1].Change.IsrBrokerEpochs);
        Answer(ErrorCode.IneligibleReplica);
        Assert.Equal([0, 1], _partition.Isr);

        Fetch(2, 3, brokerEpoch: 9);
        Assert.Single(_sent);
        Fetch(2, 5, brokerEpoch: 9);
        Assert.Equal([-1, 4, 9], _sent[^1].Change.IsrBrokerEpochs);
    }

    [Fact]
    public void An_answer_that_a_new_leadership_overtook_changes_nothing()
    {
        Lead(1, 0, 1);
        Fetch(2, 0);
        _partition.MakeLeader(Assignment(0, 2, [0, 1], 5), NewLog);
        Answer(ErrorCode.None);
        Assert.Equal([0, 1], _partition.Isr);
        Assert.Equal(5, _partition.PartitionEpoch);
    }

    [Fact]
    public void Below_the_minimum_isr_acks_all_is_refused_and_the_high_watermark_stands_still()
    {
        _config = _config with { MinInsyncReplicas = 2 };
        Lead(1, 0);
        Assert.Equal(ErrorCode.NotEnoughReplicas, Append(acks: -1));
        Assert.Equal(ErrorCode.None, Append(acks: 1));
        Assert.Equal(0, Log.HighWatermark);
        Assert.True(_partition.IsUnderMinIsr);
    }

    [Fact]
    public void A_follower_takes_no_appends_and_an_old_epoch_changes_nothing()
    {
        Assert.True(_partition.MakeFollower(Assignment(1, 4, [1], 3), NewLog));
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Append());
        Assert.False(_partition.MakeLeader(Assignment(0, 5, [0], 2), NewLog));
        Assert.False(_partition.IsLeader);
    }

    [Theory]
    [InlineData(3, ErrorCode.None)]
    [InlineData(2, ErrorCode.FencedLeaderEpoch)]
    [InlineData(4, ErrorCode.UnknownLeaderEpoch)]
    [InlineData(-1, ErrorCode.None)]
    public void A_requesters_leader_epoch_is_held_against_ours(int epoch, ErrorCode expected)
    {
        Lead(3, 0);
        Assert.Equal(expected, _partition.TryGetLog(new LeaderEpoch(epoch), onlyLeader: true, out _));
    }

    [Fact]
    public void The_low_watermark_is_the_lowest_log_start_of_the_living()
    {
        Lead(1, 0, 1, 2);
        Append(5);
        _partition.UpdateFollower(new LeaderEpoch(1), new FollowerFetch(1, 5, 2, -1, 0), 5);
        _partition.UpdateFollower(new LeaderEpoch(1), new FollowerFetch(2, 5, 1, -1, 0), 5);
        Log.AdvanceLogStart(4);
        Assert.Equal(1, _partition.LowWatermarkIfLeader());
        _alive.Remove(2);
        Assert.Equal(2, _partition.LowWatermarkIfLeader());
    }

    /// <summary>It begins to wait while a fetch is read, and has looked for the last time before the fetch is taken note of.</summary>
    [Fact]
    public void A_deletion_that_begins_to_wait_while_a_follower_moves_its_log_start_is_woken()
    {
        Lead(1, 0, 1);
        Append(5);
        Fetch(1, 5);
        Log.AdvanceLogStart(4);
        var wait = new LowWatermarkWait(_partition, 4);
        var fetch = new Thread(() => _partition.UpdateFollower(new LeaderEpoch(1), new FollowerFetch(1, 5, 4, -1, 0), 5));
        _alive.Clear();
        _alive.Add(1);
        _whileLocked = () =>
        {
            fetch.Start();
            var isBlocked = SpinWait.SpinUntil(() => fetch.ThreadState.HasFlag(ThreadState.WaitSleepJoin), 10_000);
            Assert.True(isBlocked, "the fetch waits for the lock of the partition");
            Assert.False(_delayed.DeleteRecords.TryCompleteElseWatch(wait, _partition.TopicPartition));
        };

        Assert.Equal(0, _partition.LowWatermarkIfLeader());
        fetch.Join();
        Assert.Equal((4L, true), (_partition.LowWatermarkIfLeader(), wait.IsCompleted));
    }

    [Fact]
    public void Producers_learn_that_the_isr_shrank_after_their_append()
    {
        _config = _config with { MinInsyncReplicas = 2 };
        Lead(1, 0, 1);
        Assert.Equal(ErrorCode.None, Append(acks: -1));
        Assert.Null(Check(1, acks: -1));
        Fetch(1, 1);
        Assert.Equal(ErrorCode.None, Check(1, acks: -1));
        _partition.MakeLeader(Assignment(0, 2, [0], 1), NewLog);
        Assert.Equal(ErrorCode.NotEnoughReplicasAfterAppend, Check(1, acks: -1));
    }

    [Fact]
    public void A_number_of_acknowledgements_counts_replicas_in_sync_and_does_not_wait_for_all()
    {
        Lead(1, 0, 1, 2);
        Append(acks: 2);
        Assert.Null(Check(1, acks: 2));
        Fetch(1, 1);
        Assert.Equal(ErrorCode.None, Check(1, acks: 2));
        Assert.Null(Check(1, acks: 3));
        Assert.Null(Check(1, acks: -1));

        _partition.MakeLeader(Assignment(0, 1, [0, 2], 1), NewLog);
        Assert.Null(Check(1, acks: 2));
    }

    [Fact]
    public void With_durability_fsync_the_leaders_records_count_once_they_are_on_its_disk()
    {
        _partition = NewPartition(syncs: true);
        Lead(1, 0, 1);
        Append(3);
        Fetch(1, 3);
        Assert.Equal(0, Log.HighWatermark);
        Assert.Null(Check(3, acks: 1));
        Assert.Null(Check(3, acks: 2));

        _time.RunUntilIdle();
        Assert.Equal((3, 3), (Log.SyncedOffset, Log.HighWatermark));
        Assert.Equal(ErrorCode.None, Check(3, acks: 1));
        Assert.Equal(ErrorCode.None, Check(3, acks: -1));
    }

    [Fact]
    public void With_durability_fsync_a_new_leader_syncs_what_it_has()
    {
        Lead(1, 0);
        Append(3);
        _partition = NewPartition(syncs: true);
        Lead(2, 0);
        Assert.Equal(0, Log.SyncedOffset);
        _time.RunUntilIdle();
        Assert.Equal((3, 3), (Log.SyncedOffset, Log.HighWatermark));
    }

    /// <summary>
    /// The old leader of an orderly change catches up, and is gone before the controller lets it into the ISR. In Kafka a write of that moment
    /// waits until the next write, or times out.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_write_does_not_wait_for_a_follower_that_is_gone_before_it_was_in_sync(bool isGoneFirst)
    {
        Lead(1, 0, 1);
        Fetch(2, 0);
        Assert.Equal([0, 1, 2], _sent[^1].Item1.State.Isr);
        Append(1);
        Fetch(1, 1);
        Assert.Equal(0, Log.HighWatermark);

        if (isGoneFirst)
        {
            _alive.Remove(2);
            _partition.OnBrokersGone();
            Assert.Equal(0, Log.HighWatermark);
            Answer(ErrorCode.IneligibleReplica);
        }
        else
        {
            Answer(ErrorCode.IneligibleReplica);
            Assert.Equal(0, Log.HighWatermark);
            _alive.Remove(2);
            _partition.OnBrokersGone();
        }

        Assert.Equal(1, Log.HighWatermark);
    }

    private ErrorCode AppendOf(long producerId, int sequence)
    {
        using var builder = new RecordBatchBuilder { ProducerId = producerId, ProducerEpoch = 0, BaseSequence = sequence };
        builder.Append(1, default, "v"u8);
        return _partition.AppendAsLeader(RecordSet.Open(builder.Build().ToArray()), AppendOrigin.Client, acks: 1).Error;
    }

    /// <summary>A deletion of records that waits until every replica starts at an offset.</summary>
    private sealed class LowWatermarkWait(Partition partition, long offset) : DelayedOperation(delayMs: 1000)
    {
        protected override bool TryComplete() => partition.LowWatermarkIfLeader() >= offset && ForceComplete();

        protected override void OnComplete()
        {
        }
    }

    private sealed class RecordingIsrChanges(List<(IsrChange, Action<IsrChangeOutcome>)> sent) : IIsrChanges
    {
        public void Submit(IsrChange change, Action<IsrChangeOutcome> completed) => sent.Add((change, completed));
    }
}
