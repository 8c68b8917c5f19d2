using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>The cleaner at work in a store, over simulated time and disks.</summary>
public sealed class LogCleanerTests
{
    private const string Root = "/data/logs";

    private static readonly LogConfig Compacted = StorageHarness.Small with { CleanupPolicy = CleanupPolicy.Compact };

    private readonly ManualTime _time = new();
    private readonly ManualEventLoop _loop;
    private readonly SimulatedFileSystem _files;
    private readonly RecordingLoggers _loggers = new();
    private LogStore? _store;

    public LogCleanerTests()
    {
        _loop = _time.CreateLoop("disk");
        _files = new SimulatedFileSystem(_time, new SeededRandomSource(1));
        _files.CreateDirectory("/data");
    }

    private LogStore Store => _store ??= Open(new CleanerSettings());

    [Fact]
    public void Dirty_logs_are_cleaned_and_their_clean_points_written_down()
    {
        var (a, b) = (Create("a"), Create("b"));
        Fill(a, 10);
        Fill(b, 20);

        Store.Start();
        _time.RunUntilIdle();

        Assert.Equal((1, 1), (CleanerRun.Records(a).Count, CleanerRun.Records(b).Count));
        Assert.Equal("0\n2\na 0 10\nb 0 20\n", Text($"{Root}/cleaner-offset-checkpoint"));
        Assert.Single(_loggers.Lines, line =>
            line.Contains("\n\tLog cleaner thread 0 cleaned log b-0 (dirty section = [0, 20])\n", StringComparison.Ordinal)
            && line.Contains("\tStart size: 0.0 MB (20 messages)\n\tEnd size: 0.0 MB (1 messages)\n", StringComparison.Ordinal)
            && line.EndsWith("(95.0% fewer messages)\n", StringComparison.Ordinal));
    }

    [Fact]
    public void A_log_that_becomes_dirty_is_found_after_the_backoff()
    {
        var log = Create("a");
        Store.Start();
        _time.RunUntilIdle();
        Fill(log, 10);

        _time.AdvanceMs(14_999);
        Assert.Equal(10, CleanerRun.Records(log).Count);
        _time.AdvanceMs(1);
        Assert.Single(CleanerRun.Records(log));
    }

    [Fact]
    public void A_ratio_that_is_only_reached_is_not_enough_but_a_lag_that_has_passed_is()
    {
        var log = Create("a", Compacted with { MinCleanableDirtyRatio = 1.0 });
        Fill(log, 10);
        Store.Start();
        _time.RunUntilIdle();
        Assert.Equal((10, 100), (CleanerRun.Records(log).Count, Store.Cleaner!.MaxDirtyPercent));

        log.UpdateConfig(Compacted with { MinCleanableDirtyRatio = 1.0, MaxCompactionLagMs = 1 });
        _time.AdvanceMs(15_000);

        Assert.Single(CleanerRun.Records(log));
    }

    [Fact]
    public void The_policy_may_change_while_the_cleaner_runs()
    {
        var log = Create("a", Compacted with { CleanupPolicy = CleanupPolicy.Delete });
        Fill(log, 10);
        Store.Start();
        _time.AdvanceMs(15_000);
        Assert.Equal(10, CleanerRun.Records(log).Count);

        Store.UpdateConfig("a", Compacted);
        _time.AdvanceMs(15_000);
        Assert.Single(CleanerRun.Records(log));

        Store.UpdateConfig("a", Compacted with { CleanupPolicy = CleanupPolicy.Delete });
        Fill(log, 10);
        _time.AdvanceMs(15_000);
        Assert.Equal(11, CleanerRun.Records(log).Count);
    }

    [Fact]
    public void Old_segments_of_a_log_that_is_compacted_and_deleted_go()
    {
        var log = Create("a", Compacted with { CleanupPolicy = CleanupPolicy.Compact | CleanupPolicy.Delete, RetentionMs = 1 });
        Fill(log, 10);
        _time.AdvanceMs(10);

        Store.Start();
        _time.RunUntilIdle();

        Assert.Equal(10, log.LogStartOffset);
    }

    [Fact]
    public void A_damaged_log_is_set_aside_and_the_others_are_cleaned()
    {
        var (poisoned, good) = (Create("poisoned"), Create("good"));
        Fill(poisoned, 10);
        Fill(good, 10);
        _files.FlipBit($"{Root}/poisoned-0/00000000000000000000.log", 70);

        Store.Start();
        _time.RunUntilIdle();

        var (cleaner, directory) = (Store.Cleaner!, Store.Directories[0]);
        Assert.Single(CleanerRun.Records(good));
        Assert.Equal((1, 0), (cleaner.UncleanablePartitionsCount(directory), cleaner.DeadThreadCount));
        Assert.True(cleaner.UncleanableBytes(directory) > 0);
        Assert.Contains(
            _loggers.Lines, line => line.Contains("Marking its partition (poisoned-0) as uncleanable", StringComparison.Ordinal));
        Assert.Equal("0\n2\ngood 0 10\npoisoned 0 0\n", Text($"{Root}/cleaner-offset-checkpoint"));

        Store.Delete(poisoned.Partition);
        Assert.Equal(0, cleaner.UncleanablePartitionsCount(directory));
        Assert.Equal("0\n1\ngood 0 10\n", Text($"{Root}/cleaner-offset-checkpoint"));
    }

    [Fact]
    public void A_failing_disk_takes_its_directory_offline_and_the_cleaner_lives()
    {
        Fill(Create("a"), 10);
        _files.Fail(FileOperation.Write, errno: 5, pathContains: ".cleaned");

        Store.Start();
        _time.RunUntilIdle();

        Assert.False(Store.Directories[0].IsOnline);
        Assert.Equal(0, Store.Cleaner!.DeadThreadCount);
    }

    [Fact]
    public void Reading_and_writing_stay_below_the_limit()
    {
        var log = Create("a");
        Fill(log, 200);
        var bytes = log.SizeInBytes;
        _store!.Cleaner!.Reconfigure(new CleanerSettings { IoBytesPerSecondMax = bytes / 10.0, IoBufferBytes = 2048 });
        Store.Start();
        var startedMs = _time.GetUtcNow().ToUnixTimeMilliseconds();

        while (CleanerRun.Records(log).Count > 1)
        {
            _time.AdvanceMs(100);
            Assert.True(_time.GetUtcNow().ToUnixTimeMilliseconds() - startedMs < 3_600_000, "never done");
        }

        // The dirty section is read twice.
        Assert.True(_time.GetUtcNow().ToUnixTimeMilliseconds() - startedMs > 15_000);
    }

    [Fact]
    public void Settings_that_change_give_up_what_is_being_cleaned_and_it_is_cleaned_again()
    {
        var log = Create("a");
        Fill(log, 200);
        Store.Cleaner!.Reconfigure(new CleanerSettings { IoBytesPerSecondMax = 1000, IoBufferBytes = 2048 });
        Store.Start();
        _time.AdvanceMs(1000);
        Assert.Equal(200, CleanerRun.Records(log).Count);

        Store.Cleaner.Reconfigure(new CleanerSettings { Threads = 2 });
        _time.RunUntilIdle();

        Assert.Single(CleanerRun.Records(log));
        Assert.DoesNotContain(_files.List($"{Root}/a-0"), entry => entry.Name.EndsWith(".cleaned", StringComparison.Ordinal));
    }

    [Fact]
    public void A_store_that_closes_in_the_middle_of_a_cleaning_opens_with_all_of_it()
    {
        var log = Create("a");
        Fill(log, 200);
        Store.Cleaner!.Reconfigure(new CleanerSettings { IoBytesPerSecondMax = 1000, IoBufferBytes = 2048 });
        Store.Start();
        _time.AdvanceMs(1000);

        Store.Close();
        _store = null;

        Assert.Equal(200, CleanerRun.Records(Store.Find(new("a", 0))!).Count);
    }

    private LogStore Open(CleanerSettings settings)
    {
        var environment = new StorageEnvironment
        {
            Files = _files,
            Timers = _loop,
            DiskWork = _loop,
            Time = _time,
            Random = new SeededRandomSource(1),
            Loggers = _loggers,
        };
        return _loop.Run(() => LogStore.OpenAsync(
            new() { Directories = [Root], Cleaner = settings }, environment, [_loop], _ => Compacted));
    }

    private PartitionLog Create(string topic, LogConfig? config = null) =>
        Store.GetOrCreate(new(new TopicPartition(topic, 0), config ?? Compacted, Uuid.Zero));

    /// <summary>Values of one key, and a segment of their own for them.</summary>
    private static void Fill(PartitionLog log, int records)
    {
        for (var i = 0; i < records; i++)
        {
            log.AppendAsLeader(CleanerRun.Batch(("key", $"{i}")), new LeaderEpoch(0));
        }

        log.AdvanceHighWatermark(log.LogEnd);
        log.Roll();
    }

    private string Text(string path)
    {
        using var file = _files.Open(path, FileOpenMode.Read);
        var content = new byte[file.Length];
        file.Read(content, 0);
        return System.Text.Encoding.UTF8.GetString(content);
    }
}
