using ClassicBroker.Primitives;
using Xunit;

namespace ClassicBroker.Storage.Tests;

public sealed class PartitionLogRollTests
{
    private readonly StorageHarness _harness = new();

    [Fact]
    public void Append_rolls_segment_that_would_become_too_large()
    {
        _harness.Config = StorageHarness.Small with { SegmentBytes = 500 };
        _harness.Append(TestRecords.Batch(TestRecords.Value(0, 300)));
        _harness.Append(TestRecords.Batch(TestRecords.Value(1, 300)));

        Assert.Equal(2, _harness.Log.SegmentCount);
        Assert.Contains("00000000000000000001.log", _harness.Names(_harness.LogPath));
    }

    [Fact]
    public void Append_rolls_segment_by_the_time_of_its_records()
    {
        _harness.Config = StorageHarness.Small with { SegmentMs = 1000 };
        _harness.Append(TestRecords.Batch(5000, "a"));
        _harness.Append(TestRecords.Batch(6000, "b"));
        Assert.Equal(1, _harness.Log.SegmentCount);

        _harness.Append(TestRecords.Batch(6001, "c"));
        Assert.Equal(2, _harness.Log.SegmentCount);
    }

    [Fact]
    public void Append_rolls_by_record_time_after_a_restart_too()
    {
        _harness.Config = StorageHarness.Small with { SegmentMs = 1000 };
        _harness.Append(TestRecords.Batch(5000, "a"));
        _harness.Close();

        _harness.Append(TestRecords.Batch(6001, "b"));

        Assert.Equal(2, _harness.Log.SegmentCount);
    }

    [Fact]
    public void Append_rolls_segment_when_index_is_full()
    {
        _harness.Config = StorageHarness.Small with { SegmentIndexBytes = 48, IndexIntervalBytes = 0, SegmentBytes = 1 << 20 };
        for (var i = 0; i < 6; i++)
        {
            _harness.Append(TestRecords.Batch(5000 + i, "a"));
        }

        Assert.Equal(2, _harness.Log.SegmentCount);
        Assert.Equal(6, _harness.Values().Count);
    }

    [Fact]
    public void Append_rolls_where_the_relative_offset_would_overflow()
    {
        _harness.Log.AppendAsFollower(TestRecords.Stored(0, 0, "a"));
        _harness.Log.AppendAsFollower(TestRecords.Stored(1L + int.MaxValue, 0, "b"));

        Assert.Equal(2, _harness.Log.SegmentCount);
        Assert.Equal([0, 1L + int.MaxValue], LogContent.Records(_harness.Log).Select(record => record.Offset));
    }

    [Fact]
    public void First_offset_too_far_for_an_empty_segment_replaces_it()
    {
        _harness.Log.AppendAsFollower(TestRecords.Stored(5L + int.MaxValue, 0, "a"));

        Assert.Equal(["a"], _harness.Values());
    }

    [Fact]
    public void Roll_trims_the_files_and_takes_a_producer_snapshot()
    {
        _harness.Append(TestRecords.From(7, 0, 0));
        Assert.Equal(1024, _harness.ReadFile($"{_harness.LogPath}/00000000000000000000.index").Length);
        Assert.Equal(1020, _harness.ReadFile($"{_harness.LogPath}/00000000000000000000.timeindex").Length);

        _harness.Log.Roll();

        Assert.Empty(_harness.ReadFile($"{_harness.LogPath}/00000000000000000000.index"));
        Assert.Equal(12, _harness.ReadFile($"{_harness.LogPath}/00000000000000000000.timeindex").Length);
        Assert.Equal(56, _harness.ReadFile($"{_harness.LogPath}/00000000000000000001.snapshot").Length);
        Assert.Equal(1024, _harness.ReadFile($"{_harness.LogPath}/00000000000000000001.index").Length);
    }

    [Fact]
    public void Roll_syncs_the_old_segment_on_the_housekeeping_loop()
    {
        _harness.Append(TestRecords.Batch("a"));
        _harness.Log.Roll();
        Assert.Equal(0, _harness.Log.RecoveryPoint);

        _harness.Time.RunUntilIdle();

        Assert.Equal(1, _harness.Log.RecoveryPoint);
    }

    [Fact]
    public void Preallocated_segments_are_trimmed_when_rolled_and_closed()
    {
        _harness.Config = StorageHarness.Small with { Preallocate = true };
        var size = _harness.Append(TestRecords.Batch("a")).SizeInBytes;
        Assert.Equal(16 * 1024, _harness.ReadFile($"{_harness.LogPath}/00000000000000000000.log").Length);

        _harness.Log.Roll();
        Assert.Equal(size, _harness.ReadFile($"{_harness.LogPath}/00000000000000000000.log").Length);
        _harness.Append(TestRecords.Batch("b"));
        _harness.Close();
        Assert.Equal(size, _harness.ReadFile($"{_harness.LogPath}/00000000000000000001.log").Length);
        Assert.Equal(["a", "b"], _harness.Values());
    }

    [Fact]
    public void Preallocated_segment_of_a_killed_broker_is_cut_to_its_records()
    {
        _harness.Config = StorageHarness.Small with { Preallocate = true };
        _harness.Append(TestRecords.Batch("a"));
        _harness.Kill();

        Assert.Equal(["a"], _harness.Values());
        Assert.Equal(1, _harness.Append(TestRecords.Batch("b")).FirstOffset);
        Assert.Equal(["a", "b"], _harness.Values());
    }

    [Fact]
    public void Jitter_rolls_earlier()
    {
        _harness.Config = StorageHarness.Small with { SegmentMs = 1000, SegmentJitterMs = 1000 };
        var rolls = 0;
        for (var partition = 0; partition < 20; partition++)
        {
            var log = _harness.Store.GetOrCreate(new(new("jitter", partition), _harness.Config, Uuid.Zero));
            log.AppendAsLeader(TestRecords.Batch(5000, "a"), new LeaderEpoch(0));
            log.AppendAsLeader(TestRecords.Batch(5500, "b"), new LeaderEpoch(0));
            rolls += log.SegmentCount - 1;
        }

        Assert.InRange(rolls, 1, 19);
    }

    [Fact]
    public void A_reader_between_the_steps_of_replacing_an_empty_segment_does_no_harm()
    {
        var reads = 0;
        StorageHarness? harness = null;
        harness = new StorageHarness
        {
            Seen = files => new InterruptedChanges(files)
            {
                Deleted = path =>
                {
                    if (path.Contains(".log", StringComparison.Ordinal))
                    {
                        Assert.Equal([0], harness!.Log.SegmentOffsetsBefore(timestamp: -1, maxCount: 10));
                        reads++;
                    }
                },
            },
        };
        harness.Log.Roll();

        Assert.Equal(1, reads);
        Assert.Empty(harness.Failed);
        harness.Append(TestRecords.Batch("a"));
        Assert.Equal(["a"], harness.Values());
        Assert.DoesNotContain(harness.Names(harness.LogPath), name => name.EndsWith(".deleted", StringComparison.Ordinal));
    }
}
