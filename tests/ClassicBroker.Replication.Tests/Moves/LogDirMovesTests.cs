using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Replication.Moves;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Replication.Quotas;
using ClassicBroker.Storage;
using ClassicBroker.Testing.Files;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Replication.Tests.Moves;

/// <summary>Replicas on their way to another log directory, and what happens to their logs meanwhile.</summary>
public sealed class LogDirMovesTests
{
    private static readonly TopicPartition Topic = new("t", 0);
    private static readonly Uuid TopicId = new(1, 2);

    /// <summary>More than a move bears refusals for.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(10);

    private readonly Queue<Action> _steps = new();

    [Fact]
    public void What_is_cut_and_written_again_below_the_high_watermark_is_cut_from_the_copy_too()
    {
        var replicas = Led();
        var (moves, partition) = Moves(replicas);
        Append(replicas, valueBytes: 10, count: 3);
        var future = Begin(moves, replicas, partition);
        Step();
        Assert.Equal(3, future.LogEndOffset);

        // As one that led, followed and led again, all between two pieces.
        partition.Log!.TruncateTo(1);
        Append(replicas, valueBytes: 500, count: 3);
        Assert.Equal(4, partition.Log!.HighWatermark);
        Run(replicas);

        AssertMoved(partition, future);
        AssertSameAs(future, Contents(replicas, bytes: [10, 500, 500, 500]));
    }

    [Fact]
    public void What_is_cut_and_written_again_while_it_is_copied_is_cut_from_the_copy_too()
    {
        var replicas = Led();
        var (moves, partition) = Moves(replicas);
        Append(replicas, valueBytes: 10, count: 3);
        var future = Begin(moves, replicas, partition);
        replicas.Files.Before = (operation, path) =>
        {
            if (operation == FileOperation.Write && path.Contains("-future/", StringComparison.Ordinal))
            {
                replicas.Files.Before = null;
                partition.Log!.TruncateTo(1);
                Append(replicas, valueBytes: 500, count: 3);
            }
        };
        Run(replicas);

        AssertMoved(partition, future);
        AssertSameAs(future, Contents(replicas, bytes: [10, 500, 500, 500]));
    }

    [Fact]
    public void A_slow_disk_that_is_copied_to_keeps_none_from_the_partition()
    {
        var replicas = Led();
        var (moves, partition) = Moves(replicas);
        Append(replicas, valueBytes: 10, count: 1);
        var future = Begin(moves, replicas, partition);
        var isFree = false;
        replicas.Files.Before = (operation, path) =>
        {
            if (operation == FileOperation.Write && path.Contains("-future/", StringComparison.Ordinal))
            {
                replicas.Files.Before = null;

                // Takes the partition's lock, as producers do, and touches no disk, of which the simulated ones have one lock.
                var other = new Thread(partition.Future.Begin);
                other.Start();
                isFree = other.Join(Long);
            }
        };
        Step();
        Assert.True(isFree, "The partition's lock is held during the write to the other directory.");
        Run(replicas);
        AssertMoved(partition, future);
    }

    [Fact]
    public void A_piece_that_is_broken_when_it_is_read_is_read_again()
    {
        var replicas = Led();
        var (moves, partition) = Moves(replicas);
        Append(replicas, valueBytes: 10, count: 2);
        var future = Begin(moves, replicas, partition);
        FlipLastBit(replicas, partition.Log!);
        Step();
        Assert.Equal((0, 1), (moves.FailedCount, moves.Count));

        FlipLastBit(replicas, partition.Log!);
        Run(replicas);
        AssertMoved(partition, future);
    }

    [Fact]
    public void A_move_that_has_failed_begins_again_when_it_is_asked_for_again()
    {
        var replicas = Led();
        var (moves, partition) = Moves(replicas);
        Append(replicas, valueBytes: 10, count: 2);
        var future = Begin(moves, replicas, partition);
        FlipLastBit(replicas, partition.Log!);
        Run(replicas);
        Assert.Equal((1, 0), (moves.FailedCount, moves.Count));

        FlipLastBit(replicas, partition.Log!);
        Assert.Equal(ErrorCode.None, moves.Begin(partition, future.Directory));
        Assert.Equal((0, 1), (moves.FailedCount, moves.Count));
        Run(replicas);
        AssertMoved(partition, future);
    }

    [Fact]
    public void What_was_acknowledged_as_durable_is_so_in_the_new_place_too()
    {
        var replicas = Led(syncs: true);
        var (moves, partition) = Moves(replicas);
        Append(replicas, valueBytes: 10, count: 2);
        var future = Begin(moves, replicas, partition);
        replicas.Files.Before = (operation, path) =>
        {
            if (operation == FileOperation.Sync && path.Contains("-future/", StringComparison.Ordinal))
            {
                replicas.Files.Before = null;
                Append(replicas, valueBytes: 10, count: 1);
                partition.Log!.FlushRecords();
            }
        };
        Run(replicas);
        AssertMoved(partition, future);
        Assert.Equal(3, future.SyncedOffset);
    }

    private static ReplicaHarness Led(bool syncs = false)
    {
        var replicas = new ReplicaHarness(syncs);
        Assert.Equal(ErrorCode.None, replicas.Lead(Topic, TopicId));
        return replicas;
    }

    private (LogDirMoves Moves, Partition Partition) Moves(ReplicaHarness replicas)
    {
        Assert.True(replicas.Replicas.TryGetOnline(Topic, out var partition));
        var timers = replicas.NewLoop("timers");
        var quota = new ReplicationQuota(replicas.Time, new BrokerId(0), _ => [ReplicationQuota.All], () => long.MaxValue, 11, 1000);
        return (new LogDirMoves(replicas.Replicas, new Steps(_steps), timers, quota, NullLogger.Instance), partition);
    }

    private static PartitionLog Begin(LogDirMoves moves, ReplicaHarness replicas, Partition partition)
    {
        var destination = replicas.Logs.Directories.First(directory => directory != partition.Log!.Directory);
        Assert.Equal(ErrorCode.None, moves.Begin(partition, destination));
        return replicas.Logs.Find(Topic, isFuture: true)!;
    }

    private void Step() => _steps.Dequeue()();

    /// <summary>Runs the pieces there are, and those that come after a while.</summary>
    private void Run(ReplicaHarness replicas)
    {
        for (var passed = TimeSpan.Zero; passed < Long; passed += TimeSpan.FromMilliseconds(50))
        {
            while (_steps.Count > 0)
            {
                Step();
            }

            replicas.AdvanceMs(50);
        }
    }

    private static void Append(ReplicaHarness replicas, int valueBytes, int count)
    {
        for (var number = 0; number < count; number++)
        {
            Assert.Equal(ErrorCode.None, replicas.Append(Topic, valueBytes).Error);
        }
    }

    private static void FlipLastBit(ReplicaHarness replicas, PartitionLog log) =>
        replicas.Files.FlipBit($"{log.Path}/00000000000000000000.log", log.SizeInBytes - 1);

    private static void AssertMoved(Partition partition, PartitionLog future) => Assert.Same(future, partition.Log);

    /// <summary>The bytes of a log that never moved.</summary>
    private static byte[] Contents(ReplicaHarness replicas, int[] bytes)
    {
        var other = new TopicPartition("other", 0);
        Assert.Equal(ErrorCode.None, replicas.Lead(other, new Uuid(3, 4)));
        Assert.All(bytes, length => Assert.Equal(ErrorCode.None, replicas.Append(other, length).Error));
        Assert.True(replicas.Replicas.TryGetOnline(other, out var partition));
        return Bytes(partition.Log!);
    }

    private static void AssertSameAs(PartitionLog log, byte[] contents) => Assert.Equal(contents, Bytes(log));

    private static byte[] Bytes(PartitionLog log)
    {
        var read = log.Read(0, int.MaxValue, FetchIsolation.LogEnd, minOneMessage: true).Records!;
        var bytes = new byte[read.Length];
        read.File.Read(bytes, read.Position);
        read.File.Release();
        return bytes;
    }

    /// <summary>Work waits until the test runs it.</summary>
    private sealed class Steps(Queue<Action> steps) : IExecutor
    {
        public string Name => "moves";

        public void Execute(Action work) => steps.Enqueue(work);
    }
}
