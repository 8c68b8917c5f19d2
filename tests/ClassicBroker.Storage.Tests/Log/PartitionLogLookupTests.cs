using ClassicBroker.Primitives;
using Xunit;

namespace ClassicBroker.Storage.Tests;

public sealed class PartitionLogLookupTests
{
    private readonly StorageHarness _harness = new();

    [Fact]
    public void Time_lookup_finds_the_first_record_at_or_after_every_time()
    {
        for (var i = 0; i < 200; i++)
        {
            _harness.Append(TestRecords.Batch(1000 + (20 * i), TestRecords.Value(2 * i), TestRecords.Value((2 * i) + 1)));
        }

        Assert.True(_harness.Log.SegmentCount > 2);
        foreach (var restarted in new[] { false, true })
        {
            Assert.Equal(new TimestampedOffset(1000, 0, new(0)), _harness.Log.FindByTimestamp(0));
            Assert.Equal(new TimestampedOffset(1001, 1, new(0)), _harness.Log.FindByTimestamp(1001));
            for (var i = 0; i < 200; i++)
            {
                Assert.Equal(2 * i, _harness.Log.FindByTimestamp(1000 + (20 * i))!.Value.Offset);
            }

            Assert.Equal(399, _harness.Log.FindByTimestamp(1000 + (20 * 199) + 1)!.Value.Offset);
            Assert.Null(_harness.Log.FindByTimestamp(1000 + (20 * 199) + 2));
            if (!restarted)
            {
                _harness.Close();
            }
        }
    }

    [Fact]
    public void Time_lookup_with_unordered_times_finds_the_first_in_offset_order()
    {
        _harness.Append(TestRecords.Batch(500, "a"));
        _harness.Append(TestRecords.Batch(100, "b"));
        _harness.Append(TestRecords.Batch(900, "c"));

        Assert.Equal(0, _harness.Log.FindByTimestamp(200)!.Value.Offset);
        Assert.Equal(2, _harness.Log.FindByTimestamp(501)!.Value.Offset);
    }

    [Fact]
    public void Time_lookup_passes_over_records_before_the_log_start()
    {
        _harness.Append(TestRecords.Batch(500, "a", "b", "c"));
        _harness.Log.AdvanceLogStart(2);

        Assert.Equal(2, _harness.Log.FindByTimestamp(0)!.Value.Offset);
    }

    [Fact]
    public void Max_timestamp_is_found_wherever_it_lies()
    {
        _harness.Append(TestRecords.Batch(500, "a", "b"));
        _harness.Log.Roll();
        _harness.Append(TestRecords.Batch(300, "c"));

        Assert.Equal(new TimestampedOffset(501, 1, new(0)), _harness.Log.FindMaxTimestamp());
    }

    [Fact]
    public void Max_timestamp_of_an_empty_log_is_none() => Assert.Null(_harness.Log.FindMaxTimestamp());

    [Fact]
    public void Segment_offsets_come_newest_first()
    {
        _harness.Append(TestRecords.Batch("a"));
        _harness.Time.AdvanceMs(10_000);
        _harness.Log.Roll();
        _harness.Append(TestRecords.Batch("b", "c"));
        var now = _harness.Time.GetUtcNow().ToUnixTimeMilliseconds();

        Assert.Equal([3, 1, 0], _harness.Log.SegmentOffsetsBefore(-1, 10));
        Assert.Equal([3, 1], _harness.Log.SegmentOffsetsBefore(-1, 2));
        Assert.Equal([0], _harness.Log.SegmentOffsetsBefore(-2, 10));
        Assert.Equal([0], _harness.Log.SegmentOffsetsBefore(now - 5_000, 10));
        Assert.Empty(_harness.Log.SegmentOffsetsBefore(now - 50_000, 10));
    }

    [Fact]
    public void Epoch_ends_are_answered_from_the_batches_appended()
    {
        _harness.Append(TestRecords.Batch("a", "b"), epoch: 1);
        _harness.Append(TestRecords.Batch("c"), epoch: 4);

        Assert.Equal(new EpochEndOffset(new(1), 2), _harness.Log.EndOffsetForEpoch(new(1)));
        Assert.Equal(new EpochEndOffset(new(1), 2), _harness.Log.EndOffsetForEpoch(new(3)));
        Assert.Equal(new EpochEndOffset(new(4), 3), _harness.Log.EndOffsetForEpoch(new(4)));
        Assert.Equal(EpochEndOffset.Undefined, _harness.Log.EndOffsetForEpoch(new(5)));
        Assert.Equal(EpochEndOffset.Undefined, _harness.Log.EndOffsetForEpoch(LeaderEpoch.None));
        Assert.Equal(new LeaderEpoch(1), _harness.Log.EpochOf(1));
    }

    [Fact]
    public void High_watermark_never_goes_back_and_never_passes_the_end()
    {
        _harness.Append(TestRecords.Batch("a", "b"));
        var end = _harness.Log.LogEnd;

        Assert.False(_harness.Log.AdvanceHighWatermark(new LogOffset(1)));
        Assert.Equal(2, _harness.Log.HighWatermark);
        Assert.Throws<InvariantViolatedException>(() => _harness.Log.AdvanceHighWatermark(end with { Offset = 9 }));
        Assert.Equal(2, _harness.Log.UpdateHighWatermark(100));
    }
}
