using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Testing.Files;
using Xunit;

namespace ClassicBroker.Storage.Tests;

public sealed class LogDiskFaultTests
{
    private const int Eio = 5;
    private const int Enospc = 28;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 8)];

    [Theory]
    [InlineData(FileOperation.Write, Eio)]
    [InlineData(FileOperation.Write, Enospc)]
    [InlineData(FileOperation.Sync, Eio)]
    [InlineData(FileOperation.Open, Eio)]
    [InlineData(FileOperation.Rename, Eio)]
    [InlineData(FileOperation.SetLength, Enospc)]
    [InlineData(FileOperation.SyncDirectory, Eio)]
    public void A_failure_of_any_operation_takes_the_directory_offline_once_and_loses_nothing_acknowledged(FileOperation operation, int errno)
    {
        for (var nth = 1; nth < 40; nth++)
        {
            var harness = new StorageHarness(
                StorageHarness.Small with { SegmentBytes = 1000, FlushMessages = 1, RetentionBytes = 4000 }, seed: (ulong)nth);
            var log = harness.Log;
            harness.Files.Fail(operation, errno, nth, pathContains: "topic-0", lasting: true);
            var acknowledged = AppendUntilRefused(harness, log);
            if (log.Directory.IsOnline)
            {
                continue;
            }

            harness.Time.RunUntilIdle();
            Assert.Equal([StorageHarness.Root], harness.Failed.Select(failed => failed.Path));
            Assert.True(harness.AllFailed);
            Assert.Null(harness.Store.Find(StorageHarness.Partition));
            Assert.Throws<StorageException>(() => log.AppendAsLeader(TestRecords.Batch("late"), new LeaderEpoch(0)));

            harness.Files.Heal();
            harness.Crash();
            var values = harness.Values();
            var start = (int)harness.Log.LogStartOffset;
            Assert.True(harness.Log.LogEndOffset >= acknowledged.Count, $"{operation} {nth}: {harness.Log.LogEndOffset} of {acknowledged.Count}");
            Assert.Equal(acknowledged.Skip(start), values.Take(acknowledged.Count - start));
        }
    }

    [Fact]
    public void A_failed_sync_is_final_though_the_log_is_rolled_meanwhile()
    {
        var harness = new StorageHarness();
        harness.Append(TestRecords.Batch("a"));
        var log = harness.Log;
        harness.Files.Before = (operation, path) =>
        {
            if (operation == FileOperation.Sync && path.EndsWith(".log", StringComparison.Ordinal))
            {
                harness.Files.Before = null;
                log.Roll();
                harness.Files.Fail(FileOperation.Sync, Eio);
            }
        };

        Assert.Equal(Eio, Assert.Throws<StorageException>(log.Flush).Errno);

        Assert.False(log.Directory.IsOnline);
        Assert.Equal(0, log.RecoveryPoint);
    }

    /// <summary>
    /// The kernel has forgotten that pages are to be written, and shows them all the same: a process that is started again finds records that
    /// the disk never got, and no sync brings them there unless they are written once more.
    /// </summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void What_a_failed_sync_left_in_memory_is_durable_once_the_next_process_has_synced(int seed)
    {
        var harness = new StorageHarness(StorageHarness.Small, (ulong)seed) { WritesAgainAfterCrash = true };
        harness.Append(TestRecords.Batch("a"));
        harness.Log.Flush();
        for (var i = 0; i < 50; i++)
        {
            harness.Append(TestRecords.Batch(new string('b', 1000)));
        }

        var writtenMs = LastWrites(harness);
        harness.Files.Fail(FileOperation.Sync, Eio, pathContains: ".log");
        Assert.Throws<StorageException>(harness.Log.FlushRecords);
        harness.Kill();
        harness.Time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(51, harness.Values().Count);
        Assert.Equal(writtenMs, LastWrites(harness));
        harness.Log.FlushRecords();
        harness.Crash();

        Assert.Equal(51, harness.Values().Count);
    }

    /// <summary>What may not be on the disk and cannot be written again is not promised.</summary>
    [Theory]
    [InlineData(FileOperation.Write, "/topic-0/00000000000000000000.log")]
    [InlineData(FileOperation.Sync, "/topic-0/00000000000000000000.log")]
    [InlineData(FileOperation.SyncDirectory, "")]
    public void A_disk_that_refuses_to_take_again_what_a_process_left_takes_its_directory_offline(FileOperation operation, string path)
    {
        var harness = new StorageHarness(StorageHarness.Small, directories: ["/data/a", "/data/b"]) { WritesAgainAfterCrash = true };
        harness.Append(TestRecords.Batch("a"));
        var directory = harness.Log.Directory.Path;
        harness.Kill();

        harness.Files.Fail(operation, Eio, pathContains: directory + path, lasting: true);
        harness.Open();
        harness.Time.RunUntilIdle();
        Assert.Equal([directory], harness.Failed.Select(failed => failed.Path));

        harness.Files.Heal();
        harness.Kill();
        harness.Open();
        Assert.Equal(["a"], harness.Values());
    }

    [Fact]
    public void What_is_known_to_be_on_the_disk_is_not_written_again()
    {
        var harness = new StorageHarness(StorageHarness.Small) { WritesAgainAfterCrash = true };
        harness.Append(TestRecords.Batch("a"));
        harness.Log.Flush();
        harness.Store.CheckpointRecoveryPoints();
        harness.Kill();

        var written = new List<string>();
        harness.Files.Before = (operation, path) =>
        {
            if (operation == FileOperation.Write && path.EndsWith(".log", StringComparison.Ordinal))
            {
                written.Add(path);
            }
        };
        Assert.Equal(["a"], harness.Values());
        Assert.Empty(written);

        harness.Append(TestRecords.Batch("b"));
        written.Clear();
        harness.Kill();
        Assert.Equal(["a", "b"], harness.Values());
        Assert.Single(written);
    }

    /// <summary>The names of directory and files, and the topic id, are synced with the first records by the process that made them.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void What_a_killed_process_wrote_beside_its_records_is_durable_once_the_next_one_has_synced(int seed)
    {
        var harness = new StorageHarness(StorageHarness.Small with { SegmentBytes = 1000 }, (ulong)seed);
        harness.Log.AssignTopicId(new Uuid(1, 2));
        for (var epoch = 0; epoch < 10; epoch++)
        {
            harness.Append(TestRecords.Batch(new string('b', 600)), epoch);
        }

        harness.Kill();
        harness.Log.Flush();
        harness.Store.CheckpointAll();
        harness.Crash();

        Assert.Equal(10, harness.Log.LogEndOffset);
        Assert.Equal(new Uuid(1, 2), harness.Log.TopicId);
        Assert.Equal(Enumerable.Range(0, 10), harness.Log.EpochEntries.Select(entry => entry.Epoch.Value));
    }

    [Fact]
    public void A_full_disk_leaves_no_part_of_the_refused_append()
    {
        var harness = new StorageHarness(new LogConfig { SegmentIndexBytes = 1024 });
        harness.Append(TestRecords.Batch("a"));
        var size = harness.Log.SizeInBytes;
        var path = $"{harness.LogPath}/00000000000000000000.log";
        harness.Files.CapacityBytes = harness.Files.Space("/").TotalBytes - harness.Files.Space("/").UsableBytes + 8192;

        var full = Assert.Throws<StorageException>(() => harness.Append(TestRecords.Batch(TestRecords.Value(0, 500_000))));

        Assert.Equal(Enospc, full.Errno);
        Assert.Equal(size, harness.ReadFile(path).Length);
        harness.Files.Heal();
        harness.Kill();
        Assert.Equal(["a"], harness.Values());
    }

    [Fact]
    public void One_directory_fails_and_the_others_go_on()
    {
        var harness = new StorageHarness(null, 1, "/data/one", "/data/two");
        var logs = Enumerable.Range(0, 6).Select(i => harness.Store.GetOrCreate(new(new("topic", i), harness.Config, Uuid.Zero))).ToList();
        Assert.Equal(3, logs.Count(log => log.Directory.Path == "/data/one"));
        harness.Files.Fail(FileOperation.Write, Eio, pathContains: "/data/one", lasting: true);
        foreach (var log in logs)
        {
            var append = () => log.AppendAsLeader(TestRecords.Batch("a"), new LeaderEpoch(0));
            if (log.Directory.Path == "/data/one")
            {
                Assert.Throws<StorageException>(() => append());
            }
            else
            {
                append();
            }
        }

        harness.Time.RunUntilIdle();

        Assert.Equal(("/data/one", 3), (Assert.Single(harness.Failed).Path, harness.Failed[0].Lost.Count));
        Assert.False(harness.AllFailed);
        Assert.Equal(3, harness.Store.Logs.Count);
        Assert.Equal("/data/two", harness.Store.GetOrCreate(new(new("new", 0), harness.Config, Uuid.Zero)).Directory.Path);
        Assert.Throws<StorageException>(() => harness.Store.GetOrCreate(new(new("old", 0), harness.Config, Uuid.Zero, IsNew: false)));
        harness.Close();
        Assert.True(harness.Files.FileExists("/data/two/.kafka_cleanshutdown"));
        Assert.False(harness.Files.FileExists("/data/one/.kafka_cleanshutdown"));
    }

    [Fact]
    public void A_directory_that_cannot_be_read_at_start_is_offline_and_the_others_load()
    {
        var harness = new StorageHarness(null, 1, "/data/one", "/data/two");
        for (var i = 0; i < 4; i++)
        {
            harness.Store.GetOrCreate(new(new("topic", i), harness.Config, Uuid.Zero)).AppendAsLeader(TestRecords.Batch("a"), new LeaderEpoch(0));
        }

        harness.Close();
        harness.Files.Fail(FileOperation.Open, Eio, pathContains: "/data/one/topic", lasting: true);
        harness.Open();
        harness.Time.RunUntilIdle();

        Assert.Equal([false, true], harness.Store.Directories.Select(directory => directory.IsOnline));
        Assert.Equal(2, harness.Store.Logs.Count);
    }

    [Fact]
    public void A_failed_sync_in_the_background_takes_the_directory_offline()
    {
        var harness = new StorageHarness();
        harness.Append(TestRecords.Batch("a"));
        harness.Log.Roll();
        harness.Files.Fail(FileOperation.Sync, Eio);

        harness.Time.RunUntilIdle();

        Assert.True(harness.AllFailed);
    }

    [Fact]
    public void A_failed_read_takes_the_directory_offline()
    {
        var harness = new StorageHarness();
        harness.Append(TestRecords.Batch("a"));
        harness.Files.Fail(FileOperation.Read, Eio);

        Assert.Throws<StorageException>(() => harness.Log.Read(0, 1000, FetchIsolation.LogEnd, minOneMessage: true));
        harness.Time.RunUntilIdle();
        Assert.True(harness.AllFailed);
    }

    private static long[] LastWrites(StorageHarness harness) =>
    [
        .. harness.Names(harness.LogPath)
            .Where(name => name.EndsWith(".log", StringComparison.Ordinal))
            .Select(name => harness.Files.LastWriteTimeMs($"{harness.LogPath}/{name}")),
    ];

    private static List<string> AppendUntilRefused(StorageHarness harness, PartitionLog log)
    {
        var acknowledged = new List<string>();
        try
        {
            for (var i = 0; i < 40; i++)
            {
                log.AppendAsLeader(TestRecords.Batch(TestRecords.Value(i)), new LeaderEpoch(i / 5));
                acknowledged.Add(TestRecords.Value(i));
                log.AdvanceHighWatermark(log.LogEnd);
                log.DeleteOldSegments();
                harness.Time.AdvanceMs(1000);
            }
        }
        catch (StorageException)
        {
            Assert.False(log.Directory.IsOnline);
        }

        return acknowledged;
    }
}
