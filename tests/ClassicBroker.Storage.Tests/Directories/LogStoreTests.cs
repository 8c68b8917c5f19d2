using ClassicBroker.Platform;
using ClassicBroker.Testing.Files;
using ClassicBroker.Primitives;
using Xunit;

namespace ClassicBroker.Storage.Tests;

public sealed class LogStoreTests
{
    private readonly StorageHarness _harness = new();

    [Fact]
    public void New_logs_go_where_the_fewest_are()
    {
        var harness = new StorageHarness(null, 1, "/data/a", "/data/b", "/data/c");

        var paths = Enumerable.Range(0, 6).Select(i => harness.Store.GetOrCreate(new(new("t", i), harness.Config, Uuid.Zero)).Directory.Path);

        Assert.Equal(["/data/a", "/data/b", "/data/c", "/data/a", "/data/b", "/data/c"], paths);
    }

    [Fact]
    public void A_preferred_directory_is_used_once()
    {
        var harness = new StorageHarness(null, 1, "/data/a", "/data/b");
        harness.Store.PreferDirectory(new("t", 0), "/data/b");

        Assert.Equal("/data/b", harness.Store.GetOrCreate(new(new("t", 0), harness.Config, Uuid.Zero)).Directory.Path);
        Assert.Equal("/data/a", harness.Store.GetOrCreate(new(new("t", 1), harness.Config, Uuid.Zero)).Directory.Path);
    }

    [Fact]
    public void A_log_is_made_once_and_found_after()
    {
        Assert.Null(_harness.Store.Find(StorageHarness.Partition));
        var log = _harness.Log;

        Assert.Same(log, _harness.Log);
        Assert.Same(log, _harness.Store.Find(StorageHarness.Partition));
    }

    [Fact]
    public void Topic_ids_are_kept_and_never_changed()
    {
        var id = new Uuid(5, 6);
        var log = _harness.Store.GetOrCreate(new(StorageHarness.Partition, _harness.Config, id));
        Assert.Equal($"version: 0\ntopic_id: {id}", System.Text.Encoding.UTF8.GetString(_harness.ReadFile($"{_harness.LogPath}/partition.metadata")));
        Assert.Throws<InvalidOperationException>(() => log.AssignTopicId(new Uuid(7, 8)));
        _harness.Close();

        Assert.Equal(id, _harness.Log.TopicId);
    }

    [Fact]
    public void An_unreadable_topic_id_is_written_anew()
    {
        _harness.Store.GetOrCreate(new(StorageHarness.Partition, _harness.Config, new Uuid(5, 6)));
        _harness.Close();
        _harness.WriteFile($"{_harness.LogPath}/partition.metadata", "version: 7"u8);

        Assert.Equal(Uuid.Zero, _harness.Log.TopicId);
        _harness.Log.AssignTopicId(new Uuid(5, 6));
        _harness.Close();
        Assert.Equal(new Uuid(5, 6), _harness.Log.TopicId);
    }

    [Fact]
    public void A_deleted_log_is_renamed_at_once_and_gone_after_the_delay()
    {
        var log = _harness.Log;
        _harness.Append(TestRecords.Batch("a"));

        Assert.True(_harness.Store.Delete(StorageHarness.Partition));
        Assert.False(_harness.Store.Delete(StorageHarness.Partition));

        var renamed = Assert.Single(_harness.Names(StorageHarness.Root), name => name.StartsWith("topic", StringComparison.Ordinal));
        Assert.Matches("^topic-0\\.[0-9a-f]{32}-delete$", renamed);
        Assert.Throws<Platform.StorageException>(() => log.AppendAsLeader(TestRecords.Batch("b"), new LeaderEpoch(0)));
        Assert.Equal(["a"], LogContent.Values(log));
        Assert.Empty(_harness.Values());
        _harness.Time.AdvanceMs(60_000);
        Assert.DoesNotContain(renamed, _harness.Names(StorageHarness.Root));
        Assert.True(log.Directory.IsOnline);
    }

    [Fact]
    public void A_reader_that_opens_a_file_while_its_log_is_being_deleted_does_not_take_the_directory_offline()
    {
        Thread? reader = null;
        PartitionLog? log = null;
        TimestampedOffset? found = null;
        var harness = new StorageHarness
        {
            Seen = files => new InterruptedChanges(files)
            {
                Renamed = source =>
                {
                    if (source.EndsWith("topic-0", StringComparison.Ordinal))
                    {
                        reader = new Thread(() => found = log!.FindByTimestamp(0));
                        reader.Start();

                        // It ends at once where it is not made to wait.
                        reader.Join(TimeSpan.FromMilliseconds(200));
                    }
                },
            },
        };
        foreach (var value in new[] { "a", "b", "c" })
        {
            harness.Append(TestRecords.Batch(value));
            harness.Log.Roll();
        }

        // After an orderly end the first segment has not been opened.
        harness.Close();
        log = harness.Log;

        harness.Store.Delete(StorageHarness.Partition);

        reader!.Join();
        Assert.Equal(0, found?.Offset);
        Assert.True(log.Directory.IsOnline);
    }

    [Fact]
    public void Logs_marked_for_deletion_before_a_restart_go_too()
    {
        _ = _harness.Log;
        _harness.Store.Delete(StorageHarness.Partition);
        _harness.Kill();
        _harness.Open();
        Assert.Empty(_harness.Store.Logs);

        _harness.Time.AdvanceMs(60_000);

        Assert.DoesNotContain(_harness.Names(StorageHarness.Root), name => name.StartsWith("topic", StringComparison.Ordinal));
    }

    [Fact]
    public void A_long_topic_name_still_fits_when_marked()
    {
        var partition = new TopicPartition(new string('x', 249), 12345);

        var name = PartitionDirectoryName.ForDeletion(partition, new Uuid(1, 2));

        Assert.Equal(255, name.Length);
        Assert.True(PartitionDirectoryName.IsDeleted(name));
    }

    [Fact]
    public void A_future_log_takes_the_place_of_the_current()
    {
        var harness = new StorageHarness(null, 1, "/data/a", "/data/b");
        var partition = new TopicPartition("t", 0);
        var current = harness.Store.GetOrCreate(new(partition, harness.Config, Uuid.Zero));
        current.AppendAsLeader(TestRecords.Batch("old"), new LeaderEpoch(0));
        harness.Store.PreferDirectory(partition, "/data/b");
        var future = harness.Store.GetOrCreate(new(partition, harness.Config, Uuid.Zero, IsFuture: true));
        Assert.True(future.IsFuture);
        future.AppendAsFollower(TestRecords.Stored(0, 0, "old"));
        harness.Close();
        Assert.True(harness.Store.Find(partition, isFuture: true)!.IsFuture);

        harness.Store.ReplaceCurrentWithFuture(partition);

        var log = harness.Store.Find(partition)!;
        Assert.Equal(("/data/b/t-0", false), (log.Path, log.IsFuture));
        Assert.Null(harness.Store.Find(partition, isFuture: true));
        log.AppendAsLeader(TestRecords.Batch("new"), new LeaderEpoch(0));
        harness.Close();
        Assert.Equal(["old", "new"], LogContent.Values(harness.Store.Find(partition)!));
    }

    [Theory]
    [InlineData(1, false, true)]
    [InlineData(2, false, false)]
    [InlineData(3, false, false)]
    [InlineData(1, true, true)]
    [InlineData(2, true, false)]
    [InlineData(3, true, false)]
    public void A_crash_while_logs_are_swapped_leaves_one_of_them_whole(int nthRename, bool isPowerCut, bool isOldOneLeft)
    {
        // The first rename takes the old log out of its place, the second puts the new one there, the third is that of a checkpoint.
        var harness = new StorageHarness(null, 1, "/data/a", "/data/b");
        var partition = new TopicPartition("t", 0);
        var current = harness.Store.GetOrCreate(new(partition, harness.Config, Uuid.Zero));
        current.AppendAsLeader(TestRecords.Batch("value"), new LeaderEpoch(0));
        current.Flush();
        harness.Store.PreferDirectory(partition, "/data/b");
        var future = harness.Store.GetOrCreate(new(partition, harness.Config, Uuid.Zero, IsFuture: true));
        future.AppendAsFollower(TestRecords.Stored(0, 0, "value"));
        future.Flush();
        harness.Store.SyncDirectories();
        var renames = 0;
        harness.Files.Before = (operation, _) =>
        {
            if (operation == FileOperation.Rename && ++renames == nthRename)
            {
                throw new OperationCanceledException("the process ends here");
            }
        };
        Assert.Throws<OperationCanceledException>(() => harness.Store.ReplaceCurrentWithFuture(partition));
        harness.Files.Before = null;
        if (isPowerCut)
        {
            harness.Crash();
        }
        else
        {
            harness.Kill();
        }

        var log = harness.Store.Find(partition)!;
        Assert.Equal((isOldOneLeft ? "/data/a/t-0" : "/data/b/t-0", false), (log.Path, log.IsFuture));
        Assert.Equal(["value"], LogContent.Values(log));
        Assert.Equal(isOldOneLeft, harness.Store.Find(partition, isFuture: true) is not null);
        Assert.All(harness.Store.Directories, directory => Assert.True(directory.IsOnline));
    }

    /// <summary>What a log lost that is being filled is copied again; one that a start puts in its place is a replica as any other.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_future_log_that_lost_committed_records_is_suspect_only_once_it_is_in_use(bool isSwapUnderWay)
    {
        var harness = new StorageHarness(null, 1, "/data/a", "/data/b");
        var partition = new TopicPartition("t", 0);
        harness.Store.GetOrCreate(new(partition, harness.Config, Uuid.Zero));
        harness.Store.PreferDirectory(partition, "/data/b");
        var future = harness.Store.GetOrCreate(new(partition, harness.Config, Uuid.Zero, IsFuture: true));
        future.AppendAsFollower(TestRecords.Stored(0, 0, "kept"));
        future.Flush();
        future.AppendAsFollower(TestRecords.Stored(1, 0, "lost"));
        future.UpdateHighWatermark(2);
        harness.Store.CheckpointAll();
        harness.Store.SyncDirectories();
        if (isSwapUnderWay)
        {
            var renames = 0;
            harness.Files.Before = (operation, _) =>
            {
                if (operation == FileOperation.Rename && ++renames == 2)
                {
                    throw new OperationCanceledException("the process ends here");
                }
            };
            Assert.Throws<OperationCanceledException>(() => harness.Store.ReplaceCurrentWithFuture(partition));
            harness.Files.Before = null;
        }

        harness.Crash();

        var log = harness.Store.Find(partition, isFuture: !isSwapUnderWay)!;
        Assert.Equal(("kept", 1, isSwapUnderWay), (Assert.Single(LogContent.Values(log)), log.HighWatermark, log.IsSuspect));
    }

    [Fact]
    public void A_swap_whose_second_step_fails_leaves_the_old_log_where_it_was()
    {
        var harness = new StorageHarness(null, 1, "/data/a", "/data/b");
        var partition = new TopicPartition("t", 0);
        harness.Store.GetOrCreate(new(partition, harness.Config, Uuid.Zero)).AppendAsLeader(TestRecords.Batch("value"), new LeaderEpoch(0));
        harness.Store.PreferDirectory(partition, "/data/b");
        harness.Store.GetOrCreate(new(partition, harness.Config, Uuid.Zero, IsFuture: true));
        harness.Files.Fail(FileOperation.Rename, Errno.Io, pathContains: "-future");

        Assert.Throws<StorageException>(() => harness.Store.ReplaceCurrentWithFuture(partition));

        Assert.Equal(("/data/a/t-0", true), (harness.Store.Find(partition)!.Path, harness.Store.Find(partition)!.Directory.IsOnline));
        Assert.Equal(["value"], LogContent.Values(harness.Store.Find(partition)!));
        harness.Close();
    }

    [Fact]
    public void Directories_that_are_no_partitions_are_left_alone()
    {
        foreach (var name in new[] { "lost+found", "no_partition", "x-", "-1", "x-1y", $"t-0.{new string('a', 32)}-stray" })
        {
            _harness.Files.CreateDirectory($"{StorageHarness.Root}/{name}");
        }

        Assert.Empty(_harness.Store.Logs);
        Assert.True(_harness.Store.Directories[0].IsOnline);
        Assert.Contains("lost+found", _harness.Names(StorageHarness.Root));
    }

    [Fact]
    public void A_directory_in_use_is_refused_by_name()
    {
        _harness.Open();

        var refused = Assert.Throws<LogDirectoryException>(() => _harness.Open());

        Assert.Contains(StorageHarness.Root, refused.Message);
    }

    [Fact]
    public void The_same_partition_in_two_directories_is_refused_by_name()
    {
        var harness = new StorageHarness(null, 1, "/data/a", "/data/b");
        harness.Files.CreateDirectory("/data/a/t-0");
        harness.Files.CreateDirectory("/data/b/t-0");

        var refused = Assert.Throws<LogDirectoryException>(harness.Open);

        Assert.Contains("/data/a/t-0", refused.Message);
        Assert.Contains("/data/b/t-0", refused.Message);
    }

    [Fact]
    public void Checkpoints_are_written_by_themselves()
    {
        _harness.Append(TestRecords.Batch("a", "b"));
        _harness.Log.AdvanceLogStart(1);
        _harness.Log.Flush();
        _harness.Store.Start();

        _harness.Time.AdvanceMs(60_000);

        foreach (var (name, line) in new[]
        {
            ("replication-offset-checkpoint", "topic 0 2"), ("recovery-point-offset-checkpoint", "topic 0 2"), ("log-start-offset-checkpoint", "topic 0 1"),
        })
        {
            Assert.Equal($"0\n1\n{line}\n", System.Text.Encoding.UTF8.GetString(_harness.ReadFile($"{StorageHarness.Root}/{name}")));
        }
    }

    [Fact]
    public void Changed_settings_reach_the_logs_of_the_topic()
    {
        var log = _harness.Log;
        var changed = _harness.Config with { RetentionMs = 5 };

        _harness.Store.UpdateConfig("topic", changed);
        _harness.Store.UpdateConfig("other", _harness.Config with { RetentionMs = 9 });

        Assert.Same(changed, log.Config);
    }
}
