using ClassicBroker.Primitives;
using Xunit;

namespace ClassicBroker.Storage.Tests;

public sealed class PartitionLogRetentionTests
{
    private readonly StorageHarness _harness = new();
    private readonly long _nowMs;

    public PartitionLogRetentionTests() => _nowMs = _harness.Time.GetUtcNow().ToUnixTimeMilliseconds();

    [Fact]
    public void Segments_older_than_retention_ms_go()
    {
        _harness.Config = StorageHarness.Small with { RetentionMs = 1000 };
        _harness.Append(TestRecords.Batch(_nowMs - 5000, "a"));
        _harness.Log.Roll();
        _harness.Append(TestRecords.Batch(_nowMs - 500, "b"));

        Assert.Equal(1, _harness.Log.DeleteOldSegments());

        Assert.Equal(1, _harness.Log.LogStartOffset);
        Assert.Equal(["b"], _harness.Values());
    }

    [Fact]
    public void Time_counts_from_the_last_write_where_records_have_no_time()
    {
        _harness.Config = StorageHarness.Small with { RetentionMs = 1000 };
        _harness.Append(TestRecords.Batch(-1, "a"));
        Assert.Equal(0, _harness.Log.DeleteOldSegments());

        _harness.Time.AdvanceMs(1001);

        Assert.Equal(1, _harness.Log.DeleteOldSegments());
    }

    [Fact]
    public void An_active_segment_out_of_time_is_replaced_by_an_empty_one()
    {
        _harness.Config = StorageHarness.Small with { RetentionMs = 1000 };
        _harness.Append(TestRecords.Batch(_nowMs - 5000, "a", "b"));

        Assert.Equal(1, _harness.Log.DeleteOldSegments());

        Assert.Equal((2, 2, 1), (_harness.Log.LogStartOffset, _harness.Log.LogEndOffset, _harness.Log.SegmentCount));
        Assert.Equal(0, _harness.Log.DeleteOldSegments());
    }

    [Fact]
    public void Size_retention_deletes_as_long_as_enough_is_left()
    {
        var size = _harness.Append(TestRecords.Batch(_nowMs, "a")).SizeInBytes;
        for (var i = 0; i < 4; i++)
        {
            _harness.Log.Roll();
            _harness.Append(TestRecords.Batch(_nowMs, "b"));
        }

        _harness.Log.UpdateConfig(StorageHarness.Small with { RetentionBytes = (2 * size) + 1 });

        Assert.Equal(2, _harness.Log.DeleteOldSegments());
        Assert.Equal(3, _harness.Log.SegmentCount);
    }

    [Fact]
    public void Nothing_behind_the_high_watermark_goes()
    {
        _harness.Config = StorageHarness.Small with { RetentionMs = 1000 };
        _harness.Log.AppendAsLeader(TestRecords.Batch(_nowMs - 5000, "a"), new LeaderEpoch(0));
        _harness.Log.Roll();
        _harness.Log.AppendAsLeader(TestRecords.Batch(_nowMs - 5000, "b"), new LeaderEpoch(0));

        Assert.Equal(0, _harness.Log.DeleteOldSegments());
        _harness.Log.UpdateHighWatermark(1);
        Assert.Equal(1, _harness.Log.DeleteOldSegments());
    }

    [Fact]
    public void Compacted_topics_lose_only_what_lies_before_the_log_start()
    {
        _harness.Append(TestRecords.Batch(_nowMs - 5000, "a"));
        _harness.Log.Roll();
        _harness.Append(TestRecords.Batch(_nowMs - 5000, "b"));
        _harness.Log.UpdateConfig(StorageHarness.Small with { RetentionMs = 1, CleanupPolicy = CleanupPolicy.Compact });

        Assert.Equal(0, _harness.Log.DeleteOldSegments());
        Assert.Equal(ErrorCode.None, _harness.Log.AdvanceLogStart(1));
        Assert.Equal(1, _harness.Log.DeleteOldSegments());
    }

    [Fact]
    public void Deleted_segments_keep_their_files_for_the_delay()
    {
        _harness.Config = StorageHarness.Small with { RetentionMs = 1000, FileDeleteDelayMs = 60_000 };
        _harness.Append(TestRecords.From(7, 0, 0, timestamp: _nowMs - 5000));
        _harness.Log.Roll();
        _harness.Append(TestRecords.From(7, 0, 1, timestamp: _nowMs - 5000));
        _harness.Log.Roll();
        _harness.Log.DeleteOldSegments();

        Assert.Contains("00000000000000000000.log.deleted", _harness.Names(_harness.LogPath));
        Assert.Contains("00000000000000000001.snapshot.deleted", _harness.Names(_harness.LogPath));
        _harness.Time.AdvanceMs(59_999);
        Assert.Contains("00000000000000000000.log.deleted", _harness.Names(_harness.LogPath));
        _harness.Time.AdvanceMs(1);
        Assert.DoesNotContain(_harness.Names(_harness.LogPath), name => name.EndsWith(".deleted", StringComparison.Ordinal));
    }

    [Fact]
    public void Log_start_moves_by_request_and_survives_a_restart()
    {
        _harness.Append(TestRecords.Batch("a", "b", "c"));

        Assert.Equal(ErrorCode.OffsetOutOfRange, _harness.Log.AdvanceLogStart(4));
        Assert.Equal(ErrorCode.None, _harness.Log.AdvanceLogStart(2));
        Assert.Equal(ErrorCode.None, _harness.Log.AdvanceLogStart(1));

        Assert.Equal(["c"], _harness.Values());
        _harness.Close();
        Assert.Equal(2, _harness.Log.LogStartOffset);
        Assert.Equal(["c"], _harness.Values());
    }

    [Fact]
    public void Retention_runs_by_itself()
    {
        _harness.Config = StorageHarness.Small with { RetentionMs = 1000 };
        _harness.Append(TestRecords.Batch(_nowMs - 5000, "a"));
        _harness.Store.Start();

        _harness.Time.AdvanceMs(30_000);

        Assert.Equal(1, _harness.Log.LogStartOffset);
    }
}
