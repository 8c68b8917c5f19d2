using ClassicBroker.Primitives;
using ClassicBroker.Records;
using Xunit;

namespace ClassicBroker.Storage.Tests;

public sealed class PartitionLogReadTests
{
    private readonly StorageHarness _harness = new();

    [Fact]
    public void Read_returns_every_record_from_any_offset()
    {
        for (var i = 0; i < 300; i++)
        {
            _harness.Append(TestRecords.Batch(TestRecords.Value(3 * i), TestRecords.Value((3 * i) + 1), TestRecords.Value((3 * i) + 2)));
        }

        Assert.True(_harness.Log.SegmentCount > 5);
        foreach (var from in new[] { 0, 1, 2, 3, 44, 45, 46, 449, 898, 899 })
        {
            var records = LogContent.Records(_harness.Log, from: from);
            Assert.Equal(Enumerable.Range(from, 900 - from).Select(i => ((long)i, TestRecords.Value(i))), records);
        }
    }

    [Fact]
    public void Read_outside_the_log_is_out_of_range()
    {
        _harness.Append(TestRecords.Batch("a", "b"));

        Assert.Equal(ErrorCode.OffsetOutOfRange, Read(3).Error);
        Assert.Equal(ErrorCode.OffsetOutOfRange, Read(-1).Error);
        _harness.Log.AdvanceLogStart(1);
        Assert.Equal(ErrorCode.OffsetOutOfRange, Read(0).Error);
        Assert.Equal(ErrorCode.None, Read(1).Error);
    }

    [Fact]
    public void Read_at_the_end_is_empty_and_tells_where_it_stands()
    {
        _harness.Append(TestRecords.Batch("a", "b"));

        var read = Read(2);

        Assert.Equal(ErrorCode.None, read.Error);
        Assert.Null(read.Records);
        Assert.Equal(_harness.Log.LogEnd, read.FetchOffset);
        Assert.Equal((2, 2, 0), (read.LogEndOffset, read.HighWatermark, read.LogStartOffset));
    }

    [Fact]
    public void Consumers_see_nothing_behind_the_high_watermark()
    {
        _harness.Append(TestRecords.Batch("a"));
        _harness.Log.AppendAsLeader(TestRecords.Batch("b"), new LeaderEpoch(0));

        Assert.Equal(["a"], _harness.Values(FetchIsolation.HighWatermark));
        Assert.Equal(["a", "b"], _harness.Values(FetchIsolation.LogEnd));
        var between = _harness.Log.Read(2, 1000, FetchIsolation.HighWatermark, minOneMessage: true);
        Assert.Equal((ErrorCode.None, true), (between.Error, between.Records is null));
    }

    [Fact]
    public void A_high_watermark_known_only_as_an_offset_bounds_reads_all_the_same()
    {
        _harness.Append(TestRecords.Batch("a"));
        _harness.Log.AppendAsLeader(TestRecords.Batch("b"), new LeaderEpoch(0));
        _harness.Log.AppendAsLeader(TestRecords.Batch("c"), new LeaderEpoch(0));

        Assert.Equal(2, _harness.Log.UpdateHighWatermark(2));

        Assert.Equal(["a", "b"], _harness.Values(FetchIsolation.HighWatermark));
        Assert.True(_harness.Log.LocateHighWatermark().IsPositionKnown);
    }

    [Fact]
    public void First_batch_larger_than_the_limit_comes_whole_only_where_one_message_is_a_must()
    {
        _harness.Append(TestRecords.Batch(TestRecords.Value(0, 500)));

        var must = _harness.Log.Read(0, 10, FetchIsolation.LogEnd, minOneMessage: true);
        var may = _harness.Log.Read(0, 10, FetchIsolation.LogEnd, minOneMessage: false);
        var none = _harness.Log.Read(0, 0, FetchIsolation.LogEnd, minOneMessage: false);

        Assert.Equal(must.FirstBatch.SizeInBytes, must.SizeInBytes);
        Assert.False(must.IsFirstEntryIncomplete);
        Assert.Equal(10, may.SizeInBytes);
        Assert.True(may.IsFirstEntryIncomplete);
        Assert.Null(none.Records);
        Assert.Equal(0, none.FetchOffset.PositionInSegment);
    }

    [Fact]
    public void Read_never_crosses_into_the_next_segment()
    {
        _harness.Append(TestRecords.Batch("a"));
        _harness.Log.Roll();
        _harness.Append(TestRecords.Batch("b"));

        var read = Read(0);

        Assert.Equal(read.FirstBatch.SizeInBytes, read.SizeInBytes);
        Assert.True(read.FetchOffset.IsOnOlderSegmentThan(_harness.Log.LogEnd));
    }

    [Fact]
    public void A_region_outlives_the_deletion_of_its_segment()
    {
        _harness.Config = StorageHarness.Small with { RetentionMs = 1000, FileDeleteDelayMs = 0 };
        var sent = TestRecords.Stored(0, 0, "a");
        _harness.Log.AppendAsFollower(sent);
        _harness.Log.UpdateHighWatermark(1);
        var region = Read(0).Records!;
        _harness.Time.AdvanceMs(100_000);

        Assert.Equal(1, _harness.Log.DeleteOldSegments());
        _harness.Time.AdvanceMs(1);

        Assert.DoesNotContain(_harness.Names(_harness.LogPath), name => name.EndsWith(".deleted", StringComparison.Ordinal));
        var bytes = new byte[region.Length];
        Assert.Equal(bytes.Length, region.File.Read(bytes, region.Position));
        Assert.Equal(sent, bytes);
        region.File.Release();
        Assert.Equal(ErrorCode.OffsetOutOfRange, Read(0).Error);
    }

    [Fact]
    public void Locate_counts_bytes_between_offsets_of_one_segment()
    {
        var first = _harness.Append(TestRecords.Batch("a"));
        _harness.Append(TestRecords.Batch("b"));

        var from = _harness.Log.Locate(1);

        Assert.Equal(first.SizeInBytes, from.PositionInSegment);
        Assert.True(from.IsOnSameSegmentAs(_harness.Log.LogEnd));
        Assert.Equal(_harness.Log.SizeInBytes - first.SizeInBytes, _harness.Log.LogEnd.BytesSince(from));
    }

    private LogRead Read(long offset) => _harness.Log.Read(offset, 10_000, FetchIsolation.LogEnd, minOneMessage: true);
}
