using System.Buffers.Binary;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Replication.Purgatory;
using ClassicBroker.Storage;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Processes;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Replication.Tests;

/// <summary>What a follower's append costs, on real files: the simulated disk keeps a copy of what is written.</summary>
public sealed class FollowerAppendAllocationTests : IDisposable
{
    private const int LargeBytes = 512 * 1024;
    private const int Warmup = 50;

    private readonly ScratchDirectory _scratch = new();
    private readonly Partition _partition;

    public FollowerAppendAllocationTests()
    {
        var time = new ManualTime();
        var loop = time.CreateLoop("housekeeping");
        var config = new LogConfig();
        var logs = loop.Run(() => LogStore.OpenAsync(
            new LogStoreSettings { Directories = [_scratch.Path] },
            new StorageEnvironment
            {
                Files = new PosixFileSystem(),
                Timers = loop,
                DiskWork = loop,
                Time = time,
                Random = new SeededRandomSource(1),
                Loggers = NullLoggerFactory.Instance,
            },
            [loop],
            _ => config));
        _partition = new Partition(new TopicPartition("t", 0), new PartitionEnvironment
        {
            LocalBrokerId = new BrokerId(0),
            Time = time,
            ReplicaLagTimeMaxMs = () => 10_000,
            IsAlive = _ => true,
            IsrChanges = new NoIsrChanges(),
            Delayed = new DelayedOperations(loop, 1000, 1000, 1),
        });
        var assignment = new PartitionAssignment
        {
            ControllerEpoch = 1,
            Leader = 1,
            LeaderEpoch = 1,
            PartitionEpoch = 0,
            Isr = [0, 1],
            Replicas = [0, 1],
        };
        _partition.MakeFollower(assignment, () => logs.GetOrCreate(new LogCreation(_partition.TopicPartition, config, Uuid.Zero)));
    }

    public void Dispose() => _scratch.Dispose();

    /// <summary>Records go to the file straight from the buffer they were received in. Not even a pool has one of their size at hand.</summary>
    [Fact]
    public void A_large_batch_is_appended_without_a_copy_of_it()
    {
        var small = Batch(valueBytes: 10);
        for (var i = 0; i < Warmup; i++)
        {
            AllocatedByAppend(small);
        }

        Assert.InRange(AllocatedByAppend(Batch(LargeBytes)), 0, LargeBytes / 16);
        Assert.Equal(Warmup + 1, _partition.Log!.LogEndOffset);
    }

    private static byte[] Batch(int valueBytes)
    {
        using var builder = new RecordBatchBuilder { PartitionLeaderEpoch = 1 };
        builder.Append(1, default, new byte[valueBytes]);
        return builder.Build().ToArray();
    }

    private long AllocatedByAppend(byte[] batch)
    {
        // The offset is no part of what the checksum covers.
        var end = _partition.Log!.LogEndOffset;
        BinaryPrimitives.WriteInt64BigEndian(batch, end);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var appended = _partition.Follower.Append(1, end, batch);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.NotNull(appended);
        return allocated;
    }

    private sealed class NoIsrChanges : IIsrChanges
    {
        public void Submit(IsrChange change, Action<IsrChangeOutcome> completed) =>
            throw new InvalidOperationException("A follower changes no ISR.");
    }
}
