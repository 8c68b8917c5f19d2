using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>The rules of Kafka's cleaner, one by one.</summary>
public sealed class CleaningPassTests
{
    private static readonly LogConfig Config = StorageHarness.Small with
    {
        CleanupPolicy = CleanupPolicy.Compact,
        DeleteRetentionMs = 1000,
        MinCleanableDirtyRatio = 0,
    };

    private readonly StorageHarness _harness = new(Config);

    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void Only_the_last_value_of_a_key_survives_with_its_offset_codec_and_headers(CompressionCodec codec)
    {
        _harness.Append(CleanerRun.Batch(new BatchTraits { Codec = codec }, ("a", "1"), ("b", "2"), ("a", "3"), ("c", "4")));
        _harness.Append(CleanerRun.Batch(new BatchTraits { Codec = codec }, ("b", "5")));
        _harness.Log.Roll();
        _harness.Append(CleanerRun.Batch(("c", "of the active segment")));

        Assert.Equal(5, Clean());

        Assert.Equal([(2L, "3"), (3L, "4"), (4L, "5"), (5L, "of the active segment")], Values());
        var batch = FirstBatch(out var bytes);
        Assert.Equal((0L, 3L, codec, 2), (batch.BaseOffset, batch.LastOffset, batch.Codec, batch.RecordCount));
        using var records = RecordReader.Open(bytes);
        Assert.True(records.MoveNext());
        Assert.Equal("h", Assert.Single(records.Current.Headers.ToArray()).Key);
    }

    [Fact]
    public void A_tombstone_gets_its_horizon_in_the_first_pass_and_goes_when_that_is_over()
    {
        _harness.Append(CleanerRun.Batch(("a", "1"), ("a", null)));
        _harness.Log.Roll();
        var nowMs = _harness.Time.GetUtcNow().ToUnixTimeMilliseconds();

        Clean();
        var batch = FirstBatch(out var bytes);
        Assert.Equal(nowMs + 1000, new RecordBatchHeader(bytes).DeleteHorizonMs);
        Assert.Equal(TestRecords.Epoch2026, batch.MaxTimestamp);
        Assert.Equal([new CleanedRecord(1, TestRecords.Epoch2026, "a", null)], CleanerRun.Records(_harness.Log));

        _harness.Time.AdvanceMs(999);
        CleanMore();
        Assert.Equal(nowMs + 1000, new RecordBatchHeader(FirstBytes()).DeleteHorizonMs);

        _harness.Time.AdvanceMs(1);
        CleanMore();
        Assert.DoesNotContain(CleanerRun.Records(_harness.Log), record => record.Value is null);
    }

    [Fact]
    public void A_marker_needs_three_passes_and_its_index_entry_two()
    {
        _harness.Append(Transactional(7, 0, ("a", "aborted")));
        AppendMarker(7, ControlRecordType.Abort);
        _harness.Log.Roll();
        _harness.Append(Transactional(7, 1, ("z", "the producer's last")));
        AppendMarker(7, ControlRecordType.Commit);

        Clean();
        Assert.Equal([(2L, "the producer's last")], Values());
        Assert.Single(_harness.Log.Compaction.CollectAborted(0, 2));
        Assert.False(new RecordBatchHeader(FirstBytes(control: true)).HasDeleteHorizon);

        CleanMore();
        Assert.Empty(_harness.Log.Compaction.CollectAborted(0, 2));
        Assert.True(new RecordBatchHeader(FirstBytes(control: true)).HasDeleteHorizon);

        _harness.Time.AdvanceMs(1000);
        CleanMore();
        Assert.Equal(2, FirstBatch(out _).BaseOffset);
    }

    [Fact]
    public void A_batch_with_the_last_sequence_of_a_producer_stays_empty_until_there_is_a_later_one()
    {
        var traits = new BatchTraits { ProducerId = 9, ProducerEpoch = 3, Sequence = 0, Codec = CompressionCodec.Lz4 };
        _harness.Append(CleanerRun.Batch(traits, ("a", "1"), ("b", "1")));
        _harness.Append(CleanerRun.Batch(("a", "2"), ("b", "2")));
        _harness.Log.Roll();

        Clean();
        var empty = FirstBatch(out var bytes);
        var header = new RecordBatchHeader(bytes);
        Assert.Equal((0L, 1L, 61, 0, 1), (empty.BaseOffset, empty.LastOffset, empty.SizeInBytes, empty.RecordCount, empty.LastSequence));
        Assert.Equal((CompressionCodec.None, -1L, TestRecords.Epoch2026), (empty.Codec, header.BaseTimestamp, empty.MaxTimestamp));

        _harness.Append(CleanerRun.Batch(traits with { Sequence = 2 }, ("c", "1")));
        CleanMore();
        Assert.Equal(2, FirstBatch(out _).BaseOffset);
    }

    [Fact]
    public void Records_without_a_key_are_dropped_and_counted()
    {
        _harness.Config = Config with { CleanupPolicy = CleanupPolicy.Delete };
        _harness.Append(CleanerRun.Batch((null, "1"), ("a", "2"), (null, "3")));
        _harness.Log.Roll();
        _harness.Log.UpdateConfig(Config);

        var pass = CleanerRun.Pass(_harness.Log, _harness.Environment);
        Assert.All(pass.Run(), moved => Assert.True(moved >= 0));

        Assert.Equal([(1L, "2")], Values());
        Assert.Equal(2, pass.Statistics.InvalidMessages);
    }

    [Fact]
    public void A_map_too_small_for_the_dirty_section_cleans_it_in_several_passes()
    {
        for (var i = 0; i < 100; i++)
        {
            _harness.Append(CleanerRun.Batch(($"key-{i % 50}", $"{i}")));
        }

        _harness.Log.Roll();
        var map = new OffsetMap(OffsetMap.SlotSize * 20, 0.9, seed: 1);
        var last = 0L;
        for (var end = 0L; end < 100; last = end)
        {
            end = CleanerRun.Clean(_harness.Log, _harness.Environment, map);
            Assert.True(end > last, $"no progress at {end}");
        }

        Assert.Equal(Enumerable.Range(50, 50).Select(i => ((long)i, $"{i}")), Values());
    }

    [Fact]
    public void A_batch_with_more_keys_than_the_map_holds_is_cleaned_in_parts()
    {
        _harness.Append(CleanerRun.Batch([.. Enumerable.Range(0, 60).Select(i => ((string?)$"key-{i % 30}", (string?)$"{i}"))]));
        _harness.Log.Roll();
        var map = new OffsetMap(OffsetMap.SlotSize * 20, 0.9, seed: 1);
        while (CleanerRun.Clean(_harness.Log, _harness.Environment, map) < 60)
        {
            Assert.True(_harness.Log.Directory.CleanerOffsets.Find(StorageHarness.Partition) > 0);
        }

        Assert.Equal(Enumerable.Range(30, 30).Select(i => ((long)i, $"{i}")), Values());
    }

    [Fact]
    public void A_damaged_batch_is_not_given_a_new_checksum()
    {
        _harness.Append(CleanerRun.Batch(("a", "1"), ("b", "2")));
        _harness.Append(CleanerRun.Batch(("a", "3")));
        _harness.Log.Roll();
        var path = $"{_harness.LogPath}/{LogFileNames.Of(0, LogFileNames.LogSuffix)}";
        _harness.Files.FlipBit(path, 75);

        Assert.Throws<CorruptRecordException>(() => Clean());

        Assert.DoesNotContain(_harness.Names(_harness.LogPath), name => name.EndsWith(".cleaned", StringComparison.Ordinal));
    }

    [Fact]
    public void Bytes_behind_the_last_batch_of_a_segment_stop_the_cleaning()
    {
        _harness.Append(CleanerRun.Batch(("a", "1")));
        _harness.Append(CleanerRun.Batch(("a", "2")));
        _harness.Log.Roll();
        _harness.Close();
        var path = $"{_harness.LogPath}/{LogFileNames.Of(0, LogFileNames.LogSuffix)}";
        _harness.WriteFile(path, [.. _harness.ReadFile(path), .. _harness.ReadFile(path)[..40]]);

        Assert.Throws<LogCleaningException>(() => Clean());
    }

    [Fact]
    public void Segments_are_merged_and_snapshots_of_those_that_vanish_go_with_them()
    {
        for (var i = 0; i < 3; i++)
        {
            _harness.Append(CleanerRun.Batch(("a", $"{i}")));
            _harness.Log.Roll();
        }

        Clean();
        _harness.Time.AdvanceMs(Config.FileDeleteDelayMs);

        Assert.Equal(2, _harness.Log.SegmentCount);
        Assert.Equal(
            ["00000000000000000000.index", "00000000000000000000.log", "00000000000000000000.timeindex"],
            _harness.Names(_harness.LogPath).Where(name => name.StartsWith("00000000000000000000", StringComparison.Ordinal)));
        Assert.DoesNotContain("00000000000000000001.snapshot", _harness.Names(_harness.LogPath));
        Assert.Contains("00000000000000000003.snapshot", _harness.Names(_harness.LogPath));
    }

    [Fact]
    public void The_new_segment_looks_last_written_when_the_last_of_its_sources_was()
    {
        _harness.Append(CleanerRun.Batch(("a", "1"), ("a", "2")));
        var writtenMs = _harness.Time.GetUtcNow().ToUnixTimeMilliseconds();
        _harness.Log.Roll();
        _harness.Time.AdvanceMs(123_456);

        Clean();

        foreach (var suffix in new[] { ".log", ".index", ".timeindex" })
        {
            Assert.Equal(writtenMs, _harness.Files.LastWriteTimeMs($"{_harness.LogPath}/00000000000000000000{suffix}"));
        }
    }

    [Fact]
    public void A_log_that_is_cut_while_it_is_cleaned_is_left_alone()
    {
        _harness.Append(CleanerRun.Batch(("a", "1")));
        _harness.Append(CleanerRun.Batch(("a", "2")));
        _harness.Log.Roll();
        var pass = CleanerRun.Pass(_harness.Log, _harness.Environment);
        using var steps = pass.Run().GetEnumerator();
        Assert.True(steps.MoveNext());

        _harness.Log.TruncateTo(1);
        _harness.Append(CleanerRun.Batch(("b", "3")));

        Assert.Throws<LogCleaningAbortedException>(() => steps.MoveNext());
        _harness.Log.NoteCleaned(2, pass.Target.CutCount);
        Assert.Null(_harness.Log.Directory.CleanerOffsets.Find(StorageHarness.Partition));
        Assert.Equal([(0L, "1"), (1L, "3")], Values());
    }

    [Fact]
    public void A_segment_that_retention_deletes_while_it_is_cleaned_is_left_alone()
    {
        _harness.Append(CleanerRun.Batch(("a", "1")));
        _harness.Log.Roll();
        _harness.Append(CleanerRun.Batch(("b", "2")));
        var pass = CleanerRun.Pass(_harness.Log, _harness.Environment);
        using var steps = pass.Run().GetEnumerator();
        // The map is made, and the segment is copied.
        Assert.True(steps.MoveNext());
        Assert.True(steps.MoveNext());
        _harness.Log.AdvanceLogStart(1);
        _harness.Log.DeleteOldSegments();

        Assert.Throws<LogCleaningAbortedException>(() => steps.MoveNext());
        Assert.Equal([(1L, "2")], Values());
    }

    [Fact]
    public void A_cut_makes_what_is_appended_behind_it_dirty_again()
    {
        _harness.Append(CleanerRun.Batch(("a", "1")));
        _harness.Append(CleanerRun.Batch(("b", "2")));
        _harness.Log.Roll();
        Assert.Equal(2, Clean());

        _harness.Log.TruncateTo(1);

        Assert.Equal(1, _harness.Log.Directory.CleanerOffsets.Find(StorageHarness.Partition));
    }

    [Fact]
    public void A_reader_at_the_end_of_a_segment_that_was_cleaned_gets_what_comes_next()
    {
        _harness.Append(CleanerRun.Batch(("a", "1"), ("a", "2"), ("a", "3")));
        _harness.Log.Roll();

        Clean();

        Assert.Equal([(2L, "3")], Values());
        Assert.Empty(LogContent.Fetch(_harness.Log, 3, 1000, FetchIsolation.HighWatermark));
        _harness.Append(CleanerRun.Batch(("b", "4")));
        Assert.NotEmpty(LogContent.Fetch(_harness.Log, 3, 1000, FetchIsolation.HighWatermark));
    }

    [Fact]
    public void An_open_transaction_and_a_young_segment_are_not_cleaned()
    {
        _harness.Append(CleanerRun.Batch(("a", "1")));
        _harness.Log.Roll();
        _harness.Append(Transactional(7, 0, ("a", "2")));
        _harness.Log.Roll();
        Assert.Equal(1, CleanerRun.Pass(_harness.Log, _harness.Environment).Target.FirstUncleanableOffset);

        AppendMarker(7, ControlRecordType.Commit);
        Assert.Equal(2, CleanerRun.Pass(_harness.Log, _harness.Environment).Target.FirstUncleanableOffset);

        _harness.Log.UpdateConfig(Config with { MinCompactionLagMs = long.MaxValue / 2 });
        Assert.Equal(0, CleanerRun.Pass(_harness.Log, _harness.Environment).Target.FirstUncleanableOffset);
    }

    private long Clean() => CleanerRun.Clean(_harness.Log, _harness.Environment);

    /// <summary>Gives the cleaner another dirty segment, so that there is a pass to make.</summary>
    private void CleanMore()
    {
        _harness.Append(CleanerRun.Batch(($"more-{_harness.Log.LogEndOffset}", "x")));
        _harness.Log.Roll();
        Clean();
    }

    private void AppendMarker(long producerId, ControlRecordType type)
    {
        _harness.Log.AppendAsLeader(TestRecords.Marker(producerId, 0, type), new LeaderEpoch(0), AppendOrigin.Coordinator);
        _harness.Log.AdvanceHighWatermark(_harness.Log.LogEnd);
    }

    private static byte[] Transactional(long producerId, int sequence, params (string? Key, string? Value)[] records) => CleanerRun.Batch(
        new BatchTraits { ProducerId = producerId, ProducerEpoch = 0, Sequence = sequence, IsTransactional = true }, records);

    private IEnumerable<(long Offset, string Value)> Values() =>
        CleanerRun.Records(_harness.Log).Select(record => (record.Offset, record.Value ?? "a tombstone"));

    private BatchHeader FirstBatch(out byte[] bytes)
    {
        bytes = FirstBytes();
        Assert.True(BatchHeader.TryRead(bytes, 0, out var batch));
        return batch;
    }

    private byte[] FirstBytes(bool control = false)
    {
        var all = LogContent.Fetch(_harness.Log, 0, 100_000);
        foreach (var batch in new BatchIterator(all))
        {
            if (batch.IsControl || !control)
            {
                return all[(int)batch.Position..((int)batch.Position + batch.SizeInBytes)];
            }
        }

        throw new InvalidOperationException("no such batch");
    }
}
