using System.Text;
using ClassicBroker.Primitives;
using Xunit;

namespace ClassicBroker.Storage.Tests;

public sealed partial class LogRecoveryTests
{
    private const int Batches = 60;

    private readonly StorageHarness _harness = new(StorageHarness.Small with { SegmentBytes = 3000 });

    public LogRecoveryTests()
    {
        for (var i = 0; i < Batches; i++)
        {
            _harness.Append(TestRecords.Batch(1000 + i, TestRecords.Value(i)), epoch: i / 20);
        }
    }

    private string Active => _harness.Names(_harness.LogPath).Last(name => name.EndsWith(".log", StringComparison.Ordinal));

    private string ActivePath => $"{_harness.LogPath}/{Active}";

    [Fact]
    public void A_lost_index_costs_a_log_that_was_compacted_once_nothing_behind_its_holes()
    {
        _harness.Close();
        var segments = _harness.Names(_harness.LogPath).Where(name => name.EndsWith(".log", StringComparison.Ordinal)).ToArray();
        var second = $"{_harness.LogPath}/{segments[1]}";
        var compacted = _harness.ReadFile(second);
        var batch = TestRecords.Batch(1000, TestRecords.Value(0)).Length;
        _harness.WriteFile(second, compacted.AsSpan(0, compacted.Length - batch));
        _harness.Files.DeleteFile(Path.ChangeExtension(second, ".index"));

        Assert.Equal(Batches, _harness.Log.LogEndOffset);
        Assert.Equal(Batches - 1, _harness.Values().Count);
    }

    [Fact]
    public void A_tail_torn_at_every_byte_of_the_last_two_batches_is_cut_to_whole_batches()
    {
        _harness.Kill();
        var whole = _harness.ReadFile(ActivePath);
        var batch = TestRecords.Batch(1000, TestRecords.Value(0)).Length;
        var path = ActivePath;
        for (var cut = 0; cut <= 2 * batch; cut++)
        {
            _harness.WriteFile(path, whole.AsSpan(0, whole.Length - cut));
            var lost = (cut + batch - 1) / batch;

            Assert.Equal(Batches - lost, _harness.Log.LogEndOffset);
            Assert.Equal(Batches - lost, _harness.Values().Count);
            _harness.Kill();
        }
    }

    [Fact]
    public void Flipped_bits_in_the_last_batch_cut_it_off()
    {
        _harness.Kill();
        var path = ActivePath;
        var whole = _harness.ReadFile(path);
        var start = whole.Length - TestRecords.Batch(1000, TestRecords.Value(0)).Length;
        for (var at = start; at < whole.Length; at++)
        {
            // Base offset and leader epoch lie outside the checksum: a changed one can only be noticed where it makes no sense.
            if (at - start is (>= 3 and < 8) or (>= 12 and < 16))
            {
                continue;
            }

            var damaged = whole.ToArray();
            damaged[at] ^= 0x40;
            _harness.WriteFile(path, damaged);

            Assert.Equal(Batches - 1, _harness.Log.LogEndOffset);
            Assert.Equal(Batches - 1, _harness.Values().Count);
            _harness.Kill();
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    [InlineData(5000)]
    public void A_tail_of_zeros_is_cut_off(int zeros)
    {
        _harness.Kill();
        _harness.WriteFile(ActivePath, [.. _harness.ReadFile(ActivePath), .. new byte[zeros]]);

        Assert.Equal(Batches, _harness.Values().Count);
        Assert.Equal(Batches, _harness.Append(TestRecords.Batch("next")).FirstOffset);
    }

    [Fact]
    public void A_bad_batch_in_an_older_segment_ends_the_log_there()
    {
        _harness.Kill();
        var first = $"{_harness.LogPath}/00000000000000000000.log";
        var bytes = _harness.ReadFile(first);
        bytes[^1] ^= 1;
        _harness.WriteFile(first, bytes);

        var kept = _harness.Values();

        Assert.Equal(Enumerable.Range(0, kept.Count).Select(i => TestRecords.Value(i)), kept);
        Assert.Equal(1, _harness.Log.SegmentCount);
        Assert.True(_harness.Log.LogEndOffset < Batches);
    }

    [Fact]
    public void What_lies_before_the_recovery_point_is_believed()
    {
        _harness.Log.Flush();
        _harness.Store.CheckpointRecoveryPoints();
        _harness.Kill();
        var first = $"{_harness.LogPath}/00000000000000000000.log";
        var bytes = _harness.ReadFile(first);
        bytes[^1] ^= 1;
        _harness.WriteFile(first, bytes);

        Assert.Equal(Batches, _harness.Log.LogEndOffset);
    }

    [Theory]
    [InlineData(".index", true)]
    [InlineData(".index", false)]
    [InlineData(".timeindex", true)]
    [InlineData(".timeindex", false)]
    public void Missing_indexes_are_made_anew(string suffix, bool isOrderly)
    {
        Stop(isOrderly);
        foreach (var name in _harness.Names(_harness.LogPath).Where(name => name.EndsWith(suffix, StringComparison.Ordinal)))
        {
            _harness.Files.DeleteFile($"{_harness.LogPath}/{name}");
        }

        RequireEverything();
    }

    [Theory]
    [InlineData(".index", 7)]
    [InlineData(".index", 1016)]
    [InlineData(".index", 1024)]
    [InlineData(".timeindex", 11)]
    [InlineData(".timeindex", 1020)]
    public void Indexes_of_a_wrong_length_or_with_a_tail_of_zeros_are_made_anew(string suffix, int length)
    {
        _harness.Close();
        foreach (var name in _harness.Names(_harness.LogPath).Where(name => name.EndsWith(suffix, StringComparison.Ordinal)))
        {
            var path = $"{_harness.LogPath}/{name}";
            var bytes = new byte[length];
            _harness.ReadFile(path).AsSpan()[..Math.Min(length, _harness.ReadFile(path).Length)].CopyTo(bytes);
            _harness.WriteFile(path, bytes);
        }

        RequireEverything();
    }

    [Fact]
    public void The_offset_index_of_another_segment_does_not_mislead_readers()
    {
        _harness.Close();
        var indexes = _harness.Names(_harness.LogPath).Where(name => name.EndsWith(".index", StringComparison.Ordinal)).ToList();
        foreach (var index in indexes)
        {
            var bytes = _harness.ReadFile($"{_harness.LogPath}/{index}");
            for (var entry = 4; entry < bytes.Length; entry += 8)
            {
                bytes[entry + 3] ^= 0x15;
            }

            _harness.WriteFile($"{_harness.LogPath}/{index}", bytes);
        }

        Assert.Equal(Enumerable.Range(0, Batches).Select(i => TestRecords.Value(i)), _harness.Values());
        for (var i = 0; i < Batches; i++)
        {
            Assert.Equal(TestRecords.Value(i), LogContent.Records(_harness.Log, from: i)[0].Value);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("0\n")]
    [InlineData("1\n1\n0 0\n")]
    [InlineData("0\n5\n0 0\n1 20\n")]
    [InlineData("0\n2\n0 0\n0 x\n")]
    [InlineData("garbage")]
    public void An_unreadable_epoch_checkpoint_is_made_anew_from_the_batches(string content)
    {
        var epochs = _harness.Log.EpochEntries.ToArray();
        _harness.Close();
        _harness.WriteFile($"{_harness.LogPath}/leader-epoch-checkpoint", Encoding.UTF8.GetBytes(content));

        Assert.Equal(epochs, _harness.Log.EpochEntries);
    }

    [Fact]
    public void Epochs_behind_the_recovered_end_are_dropped()
    {
        _harness.Kill();
        _harness.WriteFile(
            $"{_harness.LogPath}/leader-epoch-checkpoint", "0\n4\n0 0\n1 20\n2 40\n9 1000\n"u8);

        Assert.Equal(2, _harness.Log.LatestEpoch.Value);
    }

    [Theory]
    [InlineData("recovery-point-offset-checkpoint", "nonsense")]
    [InlineData("recovery-point-offset-checkpoint", "0\n1\ntopic 0 999999\n")]
    [InlineData("recovery-point-offset-checkpoint", "0\n1\ntopic 0\n")]
    [InlineData("log-start-offset-checkpoint", "0\nx\n")]
    [InlineData("replication-offset-checkpoint", "")]
    [InlineData("replication-offset-checkpoint", "0\n7\ntopic 0 1\n")]
    public void Unreadable_or_wrong_checkpoints_lose_no_records(string name, string content)
    {
        foreach (var isOrderly in new[] { true, false })
        {
            Stop(isOrderly);
            _harness.WriteFile($"{StorageHarness.Root}/{name}", Encoding.UTF8.GetBytes(content));

            Assert.Equal(Batches, _harness.Values().Count);
            Assert.True(_harness.Log.Directory.IsOnline);
        }
    }

    [Fact]
    public void A_clean_mark_on_a_torn_log_is_not_believed()
    {
        _harness.Close();
        _harness.WriteFile(ActivePath, _harness.ReadFile(ActivePath).AsSpan()[..^3]);

        Assert.Equal(Batches - 1, _harness.Log.LogEndOffset);
        Assert.Equal(Batches - 1, _harness.Values().Count);
    }

    [Fact]
    public void The_clean_mark_is_gone_as_soon_as_it_was_read()
    {
        _harness.Close();
        Assert.Contains(".kafka_cleanshutdown", _harness.Names(StorageHarness.Root));

        _harness.Open();
        _harness.Crash();

        Assert.DoesNotContain(".kafka_cleanshutdown", _harness.Names(StorageHarness.Root));
    }

    [Fact]
    public void Corrupt_and_foreign_snapshots_are_dropped_for_older_ones()
    {
        _harness.Append(TestRecords.From(7, 0, 0), epoch: 2);
        _harness.Log.Roll();
        _harness.Append(TestRecords.From(7, 0, 1), epoch: 2);
        _harness.Close();
        var snapshots = _harness.Names(_harness.LogPath).Where(name => name.EndsWith(".snapshot", StringComparison.Ordinal)).ToList();
        var newest = $"{_harness.LogPath}/{snapshots[^1]}";
        var intact = _harness.ReadFile(newest);
        foreach (var damaged in new[] { [], intact[..5], intact[..^1], [.. intact, 0], [9, .. intact[1..]], [.. intact[..^1], (byte)(intact[^1] ^ 1)] })
        {
            _harness.WriteFile(newest, damaged);

            Assert.True(_harness.Append(TestRecords.From(7, 0, 1), epoch: 2).IsDuplicate);
            _harness.Close();
            Assert.Equal(intact, _harness.ReadFile(newest));
        }
    }

    [Fact]
    public void An_empty_active_segment_without_indexes_opens()
    {
        _harness.Log.Roll();
        _harness.Kill();
        _harness.Files.DeleteFile($"{_harness.LogPath}/{Active.Replace(".log", ".index", StringComparison.Ordinal)}");
        _harness.Files.DeleteFile($"{_harness.LogPath}/{Active.Replace(".log", ".timeindex", StringComparison.Ordinal)}");

        RequireEverything();
    }

    [Fact]
    public void Leftovers_of_cleaning_and_deletion_are_put_in_order()
    {
        _harness.Close();
        var segment = _harness.ReadFile($"{_harness.LogPath}/00000000000000000000.log");
        _harness.WriteFile($"{_harness.LogPath}/00000000000000000000.log.swap", segment);
        _harness.WriteFile($"{_harness.LogPath}/00000000000000000000.index.swap", []);
        _harness.WriteFile($"{_harness.LogPath}/00000000000000000000.timeindex.swap", []);
        _harness.WriteFile($"{_harness.LogPath}/00000000000000000050.log.cleaned", [1, 2, 3]);
        _harness.WriteFile($"{_harness.LogPath}/00000000000000000050.log.swap", [1, 2, 3]);
        _harness.WriteFile($"{_harness.LogPath}/00000000000000000090.log.deleted", [1, 2, 3]);
        _harness.WriteFile($"{_harness.LogPath}/00000000000000000090.snapshot.deleted", [1, 2, 3]);
        _harness.WriteFile($"{_harness.LogPath}/00000000000000009999.index", [1, 2, 3]);
        _harness.WriteFile($"{_harness.LogPath}/notes.txt", [1, 2, 3]);

        RequireEverything();
        var names = _harness.Names(_harness.LogPath);
        Assert.DoesNotContain(names, name => name.Contains(".swap") || name.Contains(".cleaned") || name.Contains(".deleted") || name.Contains("9999"));
        Assert.Contains("notes.txt", names);
    }

    [Fact]
    public void A_damaged_output_of_cleaning_gives_way_to_the_segments_it_was_made_of()
    {
        _harness.Close();
        var segment = $"{_harness.LogPath}/00000000000000000000.log";
        var damaged = _harness.ReadFile(segment);
        damaged.AsSpan(8, 4).Clear();
        _harness.WriteFile($"{segment}.swap", damaged);
        foreach (var suffix in new[] { ".log", ".index", ".timeindex" })
        {
            var name = $"{_harness.LogPath}/00000000000000000000{suffix}";
            _harness.Files.Rename(name, $"{name}.deleted");
        }

        RequireEverything();
        Assert.DoesNotContain(_harness.Names(_harness.LogPath), name => name.Contains(".swap") || name.Contains(".deleted"));
    }

    [Fact]
    public void Of_a_damaged_output_of_cleaning_without_its_originals_the_good_batches_stay()
    {
        _harness.Close();
        var segment = $"{_harness.LogPath}/00000000000000000000.log";
        var whole = _harness.ReadFile(segment);
        _harness.Files.Rename(segment, $"{segment}.swap");
        _harness.WriteFile($"{segment}.swap", whole.AsSpan(0, whole.Length - 1));
        foreach (var suffix in new[] { ".index", ".timeindex" })
        {
            _harness.Files.DeleteFile($"{_harness.LogPath}/00000000000000000000{suffix}");
        }

        var values = _harness.Values();

        Assert.Equal(Batches, _harness.Log.LogEndOffset);
        Assert.Equal(Batches - 1, values.Count);
        Assert.True(_harness.Log.Directory.IsOnline);
    }

    [Theory]
    [InlineData(true, 0xA5)]
    [InlineData(false, 0xA5)]
    [InlineData(true, 0)]
    public void Garbage_behind_every_file_of_a_log_costs_no_record_and_no_other_log(bool isOrderly, byte content)
    {
        _harness.Store.GetOrCreate(new(new("other", 0), _harness.Config, Uuid.Zero)).AppendAsLeader(TestRecords.Batch("v"), new LeaderEpoch(0));
        Stop(isOrderly);
        foreach (var name in _harness.Names(_harness.LogPath))
        {
            var garbage = new byte[300];
            Array.Fill(garbage, content);
            _harness.WriteFile($"{_harness.LogPath}/{name}", [.. _harness.ReadFile($"{_harness.LogPath}/{name}"), .. garbage]);
        }

        RequireEverything();
        Assert.Equal(["v"], LogContent.Values(_harness.Store.Find(new("other", 0))!));
    }

    [Fact]
    public void Whatever_loading_a_log_throws_takes_its_directory_offline_and_nothing_else()
    {
        var harness = new StorageHarness(null, 1, "/data/a", "/data/b")
        {
            Seen = files => new InterruptedChanges(files)
            {
                Read = path =>
                {
                    if (path == "/data/a/t-0/leader-epoch-checkpoint")
                    {
                        throw new OverflowException("an arithmetic operation resulted in an overflow");
                    }
                },
            },
        };
        foreach (var partition in new[] { 0, 1 })
        {
            var log = harness.Store.GetOrCreate(new(new("t", partition), harness.Config, Uuid.Zero));
            log.AppendAsLeader(TestRecords.Batch("v"), new LeaderEpoch(0));
        }

        harness.Close();

        Assert.Equal([false, true], harness.Open().Directories.Select(directory => directory.IsOnline));
        Assert.Equal(["v"], LogContent.Values(harness.Store.Find(new("t", 1))!));
        harness.Time.RunUntilIdle();
        Assert.Equal(["/data/a"], harness.Failed.Select(failed => failed.Path));
    }

    [Fact]
    public void A_store_none_of_whose_directories_can_be_used_does_not_open()
    {
        _harness.Close();
        _harness.Files.Fail(Testing.Files.FileOperation.Open, 5, lasting: true);

        var refused = Assert.Throws<LogDirectoryException>(() => _harness.Open());

        Assert.Equal(
            $"Shutdown broker because none of the specified log dirs from {StorageHarness.Root} can be created or validated", refused.Message);
        _harness.Time.RunUntilIdle();
        Assert.False(_harness.AllFailed);
    }

    [Fact]
    public void A_log_that_ends_before_its_start_begins_anew_there()
    {
        _harness.Kill();
        _harness.WriteFile($"{StorageHarness.Root}/log-start-offset-checkpoint", "0\n1\ntopic 0 1000\n"u8);

        Assert.Equal((1000, 1000), (_harness.Log.LogStartOffset, _harness.Log.LogEndOffset));
        Assert.Equal(1000, _harness.Append(TestRecords.Batch("a"), epoch: 3).FirstOffset);
    }

    [Fact]
    public void Recovery_writes_the_same_indexes_as_the_appends_did()
    {
        _harness.Close();
        var before = IndexFiles();
        _harness.Files.DeleteFile($"{StorageHarness.Root}/recovery-point-offset-checkpoint");
        _harness.Files.DeleteFile($"{StorageHarness.Root}/.kafka_cleanshutdown");

        _harness.Open();
        _harness.Close();

        Assert.Equal(before, IndexFiles());
    }

    private List<(string, string)> IndexFiles() => [.. _harness.Names(_harness.LogPath)
        .Where(name => name.EndsWith("index", StringComparison.Ordinal))
        .Select(name => (name, Convert.ToHexString(_harness.ReadFile($"{_harness.LogPath}/{name}"))))];

    private void Stop(bool isOrderly)
    {
        if (isOrderly)
        {
            _harness.Close();
        }
        else
        {
            _harness.Kill();
        }
    }

    private void RequireEverything()
    {
        Assert.Equal(Enumerable.Range(0, Batches).Select(i => TestRecords.Value(i)), _harness.Values());
        for (var i = 0; i < Batches; i++)
        {
            Assert.Equal(i, _harness.Log.FindByTimestamp(1000 + i)!.Value.Offset);
        }

        Assert.Equal(Batches, _harness.Append(TestRecords.Batch(5000, "next"), epoch: 2).FirstOffset);
        _harness.Close();
        Assert.Equal(Batches + 1, _harness.Values().Count);
    }
}
