using System.Collections.Concurrent;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>
/// One log under real threads: appends, fetches, lookups, truncation, rolls, retention, flushes, and in the end its deletion or the failure
/// of its disk, all at once. Whatever the order, nothing is thrown but what the log promises, bounds stay in their order, and what is below
/// the high watermark reads the same at every later read.
/// </summary>
public sealed class PartitionLogStressTests : IAsyncLifetime
{
    private const int AppendsEach = 1500;
    private const int Appenders = 2;
    private const int Readers = 3;
    private const int RecordsPerBatch = 2;

    /// <summary>
    /// Steps of a thread that does not append. Locks are not fair: without an end, those who read keep those who append from them for
    /// minutes where processors are few.
    /// </summary>
    private const int StepsMax = 4000;
    private const int KeptMin = 20;
    private const string Root = "/data/logs";

    private static readonly TopicPartition Partition = new("stress", 0);

    private static readonly LogConfig Config = new()
    {
        SegmentBytes = 8 * 1024,
        SegmentIndexBytes = 1024,
        IndexIntervalBytes = 200,
        RetentionBytes = 64 * 1024,
        RetentionMs = -1,
        FileDeleteDelayMs = 0,
    };

    private readonly ConcurrentQueue<Exception> _fatal = new();
    private readonly ConcurrentQueue<Exception> _unexpected = new();
    private readonly ConcurrentDictionary<long, uint> _committed = new();
    private readonly SimulatedFileSystem _files = new(TimeProvider.System, new SeededRandomSource(1));
    private readonly ThreadEventLoop _timers;
    private WorkerPool _disk;
    private readonly Lock _leading = new();
    private volatile bool _mayFail;
    private int _epoch;
    private int _directoriesFailed;

    public PartitionLogStressTests()
    {
        _timers = new ThreadEventLoop("timers", TimeProvider.System, _fatal.Enqueue);
        _disk = new WorkerPool("disk", 4, _fatal.Enqueue);
        _files.CreateDirectory("/data");
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _disk.DisposeAsync();
        await _timers.DisposeAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_log_that_is_used_from_all_sides_at_once_keeps_its_invariants_and_its_records(ulong seed)
    {
        var store = await OpenAsync();
        var log = store.GetOrCreate(new(Partition, Config, new Uuid(1, 1)));

        RunAll(log, seed, () => { });

        Assert.Empty(_unexpected);
        Assert.Empty(_fatal);
        Assert.True(log.Directory.IsOnline);
        Verify(log);
        store.Close();
        var again = (await OpenAsync()).Find(Partition)!;
        Assert.Equal((log.LogEndOffset, log.HighWatermark, new Uuid(1, 1)), (again.LogEndOffset, again.HighWatermark, again.TopicId));
        Verify(again);
    }

    [Theory]
    [InlineData(FileOperation.Write, 3)]
    [InlineData(FileOperation.Sync, 4)]
    [InlineData(FileOperation.Rename, 5)]
    public async Task A_disk_that_fails_under_all_of_it_ends_the_log_once_and_loses_nothing_committed(FileOperation operation, ulong seed)
    {
        var store = await OpenAsync();
        var log = store.GetOrCreate(new(Partition, Config, new Uuid(1, 1)));

        RunAll(log, seed, () =>
        {
            _mayFail = true;
            _files.Fail(operation, Errno.Io, pathContains: Root, lasting: true);
        });

        // Which operations come after the fault is the threads' affair; a checkpoint has one of each kind.
        store.CheckpointAll();
        await _disk.DisposeAsync();
        Assert.Empty(_unexpected);
        Assert.Empty(_fatal);
        Assert.False(log.Directory.IsOnline);
        Assert.Equal(1, _directoriesFailed);
        _disk = new WorkerPool("disk", 4, _fatal.Enqueue);
        _files.Heal();
        _files.Kill();
        var again = (await OpenAsync()).Find(Partition)!;
        Assert.True(again.LogEndOffset >= _committed.Keys.Max() + 1);
        Verify(again);
    }

    [Fact]
    public async Task A_log_that_is_deleted_under_all_of_it_refuses_and_its_directory_stays_online()
    {
        var store = await OpenAsync();
        var log = store.GetOrCreate(new(Partition, Config, new Uuid(1, 1)));

        RunAll(log, 6, () =>
        {
            _mayFail = true;
            store.Delete(Partition);
        });

        Assert.Empty(_unexpected);
        Assert.Empty(_fatal);
        Assert.True(log.Directory.IsOnline);
        Assert.Null(store.Find(Partition));
        var successor = store.GetOrCreate(new(Partition, Config, new Uuid(2, 2)));
        Assert.Equal(0, successor.AppendAsLeader(TestRecords.Batch("a"), new LeaderEpoch(0)).FirstOffset);
        store.Close();
        Assert.Equal(["a"], LogContent.Values((await OpenAsync()).Find(Partition)!));
    }

    private Task<LogStore> OpenAsync() => LogStore.OpenAsync(
        new LogStoreSettings { Directories = [Root] },
        new StorageEnvironment
        {
            Files = _files,
            Timers = _timers,
            DiskWork = _disk,
            Time = TimeProvider.System,
            Random = new SeededRandomSource(2),
            Loggers = NullLoggerFactory.Instance,
            OpenSegmentsMax = 4,
            DirectoryFailed = (_, _) => Interlocked.Increment(ref _directoriesFailed),
        },
        [_timers],
        _ => Config);

    /// <summary>Runs every kind of use until the appenders are through; <paramref name="halfway"/> comes in the middle of it.</summary>
    private void RunAll(PartitionLog log, ulong seed, Action halfway)
    {
        using var appendersLeft = new CountdownEvent(Appenders);
        using var half = new CountdownEvent(1);
        var threads = new List<Thread>();
        for (var i = 0; i < Appenders; i++)
        {
            var number = i;
            threads.Add(new(() => Append(log, number, half, appendersLeft)));
        }

        for (var i = 0; i < Readers; i++)
        {
            threads.Add(new(() => Until(appendersLeft, new SeededRandomSource((seed * 100) + (ulong)i), random => Read(log, random))));
        }

        threads.Add(new(() => Until(appendersLeft, new SeededRandomSource(seed), random => Lead(log, random))));
        threads.Add(new(() => Until(appendersLeft, new SeededRandomSource(seed + 50), random => LookAfter(log, random))));
        threads.ForEach(thread => thread.Start());
        half.Wait();
        halfway();
        threads.ForEach(thread => thread.Join());
    }

    private void Append(PartitionLog log, int number, CountdownEvent half, CountdownEvent left)
    {
        for (var i = 0; i < AppendsEach; i++)
        {
            if (i == AppendsEach / 2 && number == 0)
            {
                Attempt(() => CommitAndRead(log));
                half.Signal();
            }

            var next = i;
            Attempt(() => Append(log, TestRecords.Batch($"{number}-{next}", $"{number}-{next}'")));
        }

        left.Signal();
    }

    /// <summary>Checked beside the others and appended under the lock that says who leads, as a partition does.</summary>
    private void Append(PartitionLog log, byte[] records)
    {
        using var prepared = log.Prepare(RecordSet.Open(records), AppendOrigin.Client);
        lock (_leading)
        {
            log.AppendAsLeader(prepared, new LeaderEpoch(_epoch));
        }
    }

    /// <summary>Something is committed and seen, however the threads are scheduled.</summary>
    private void CommitAndRead(PartitionLog log)
    {
        long last;
        lock (_leading)
        {
            log.AdvanceHighWatermark(log.LogEnd);
            last = log.HighWatermark - RecordsPerBatch;
        }

        Note(LogContent.Fetch(log, last, 2000, FetchIsolation.HighWatermark), last, long.MaxValue);
    }

    private void Until(CountdownEvent ended, SeededRandomSource random, Action<SeededRandomSource> step)
    {
        for (var steps = 0; steps < StepsMax && !ended.IsSet; steps++)
        {
            Attempt(() => step(random));
            Thread.Yield();
        }
    }

    /// <summary>
    /// What the leader, and now and then the follower it was, does: commits what is there, or cuts whole batches of what is not committed and
    /// leads again in a new epoch.
    /// </summary>
    private void Lead(PartitionLog log, SeededRandomSource random)
    {
        if (!random.OneIn(4))
        {
            log.AdvanceHighWatermark(log.LogEnd);
            return;
        }

        lock (_leading)
        {
            var batches = (int)(log.LogEndOffset - log.HighWatermark) / RecordsPerBatch;
            log.TruncateTo(log.HighWatermark + (RecordsPerBatch * random.Next(batches + 1)));
            log.AssignEpochStart(new LeaderEpoch(++_epoch), log.LogEndOffset);
        }
    }

    private static void LookAfter(PartitionLog log, SeededRandomSource random)
    {
        switch (random.Next(6))
        {
            case 0:
                log.Roll();
                break;
            case 1:
                log.DeleteOldSegments();
                break;
            case 2:
                log.AdvanceLogStart(Math.Min(log.LogStartOffset + random.Next(20), log.HighWatermark - KeptMin));
                break;
            case 3:
                log.RemoveExpiredProducers();
                break;
            default:
                log.Flush();
                break;
        }
    }

    private void Read(PartitionLog log, SeededRandomSource random)
    {
        var (start, highWatermark) = (log.LogStartOffset, log.HighWatermark);
        if (random.Next(20) == 0)
        {
            log.FindByTimestamp(TestRecords.Epoch2026);
            log.FindMaxTimestamp();
            _ = log.SizeInBytes;
        }

        var from = start + random.Next((int)Math.Max(1, highWatermark - start));
        var read = log.Read(from, 2000, FetchIsolation.HighWatermark, minOneMessage: true);
        Require(read.LogStartOffset <= read.LogEndOffset, "log start behind log end");
        Require(read.LastStableOffset <= read.HighWatermark, "last stable offset behind the high watermark");
        if (read.Records is not { } region)
        {
            return;
        }

        var bytes = new byte[region.Length];
        var count = region.File.Read(bytes, region.Position);
        region.File.Release();
        Require(count == bytes.Length, "a region that ends before its length");
        Note(bytes, from, read.HighWatermark);
    }

    /// <summary>Whole batches below the high watermark must be intact, follow each other, and be the same for every reader.</summary>
    private void Note(byte[] bytes, long from, long highWatermark)
    {
        var expected = -1L;
        var batches = new BatchIterator(bytes);
        while (batches.MoveNext())
        {
            var batch = batches.Current;
            if (batch.LastOffset >= highWatermark)
            {
                break;
            }

            Require(BatchChecksum.IsValid(batches.CurrentBytes), $"batch {batch.BaseOffset} is damaged");
            Require(expected < 0 ? batch.BaseOffset <= from && from <= batch.LastOffset : batch.BaseOffset == expected, $"batch {batch.BaseOffset} after {expected}");
            expected = batch.NextOffset;
            var hash = Crc32C.Compute(batches.CurrentBytes);
            Require(_committed.GetOrAdd(batch.BaseOffset, hash) == hash, $"batch {batch.BaseOffset} has changed");
        }
    }

    /// <summary>Every committed record that the log still has is there, once, as it was.</summary>
    private void Verify(PartitionLog log)
    {
        Require(log.EpochEntries.Zip(log.EpochEntries.Skip(1)).All(pair => pair.First.Epoch < pair.Second.Epoch
            && pair.First.StartOffset < pair.Second.StartOffset), "epochs out of order");
        var offset = log.LogStartOffset;
        while (offset < log.LogEndOffset)
        {
            var bytes = LogContent.Fetch(log, offset, 64 * 1024);
            Require(bytes.Length > 0, $"nothing at {offset} of a log that ends at {log.LogEndOffset}");
            Note(bytes, offset, long.MaxValue);
            foreach (var batch in new BatchIterator(bytes))
            {
                offset = batch.NextOffset;
            }
        }
    }

    private void Attempt(Action step)
    {
        try
        {
            step();
        }
        catch (StorageException) when (_mayFail)
        {
            // The log has been deleted, or its disk has failed.
        }
        catch (Exception unexpected)
        {
            _unexpected.Enqueue(unexpected);
        }
    }

    private static void Require(bool isMet, string otherwise)
    {
        if (!isMet)
        {
            throw new InvariantViolatedException(otherwise);
        }
    }
}
